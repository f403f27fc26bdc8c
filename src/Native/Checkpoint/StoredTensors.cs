namespace LlamaFp4.Native.Checkpoint;

/// <summary>The tensors of a checkpoint by name, over one safetensors file or several with an index.</summary>
internal sealed class StoredTensors : IDisposable
{
    private readonly List<SafetensorsFile> _files = [];
    private readonly Dictionary<string, (SafetensorsFile File, SafetensorsEntry Entry)> _tensors = new(StringComparer.Ordinal);

    private StoredTensors(string source) => Source = source;

    /// <summary>The file that lists the tensors: the index, or the only safetensors file.</summary>
    public string Source { get; }

    public IReadOnlyCollection<string> Names => _tensors.Keys;

    public long TotalBytes => _files.Sum(file => file.Length);

    public int FileCount => _files.Count;

    /// <summary>Opens what the index names, or <c>model.safetensors</c> where there is no index.</summary>
    public static StoredTensors Open(string directory)
    {
        var index = Path.Combine(directory, "model.safetensors.index.json");
        var single = Path.Combine(directory, "model.safetensors");
        var isSharded = CheckpointFile.IsPresent(index);
        if (!isSharded && !CheckpointFile.IsPresent(single))
        {
            throw new CheckpointException(directory, null, "holds no weights: expected model.safetensors or model.safetensors.index.json.");
        }

        var tensors = new StoredTensors(isSharded ? index : single);
        try
        {
            if (isSharded)
            {
                tensors.AddShards(directory, SafetensorsIndex.Read(index));
            }
            else
            {
                tensors.AddFile(single);
            }

            return tensors;
        }
        catch
        {
            tensors.Dispose();
            throw;
        }
    }

    public bool TryGet(string name, out SafetensorsFile file, out SafetensorsEntry entry)
    {
        var found = _tensors.TryGetValue(name, out var tensor);
        (file, entry) = tensor;
        return found;
    }

    public void Dispose() => _files.ForEach(file => file.Dispose());

    private void AddFile(string path)
    {
        var file = SafetensorsFile.Open(path);
        _files.Add(file);
        foreach (var (name, entry) in file.Entries)
        {
            _tensors.Add(name, (file, entry));
        }
    }

    private void AddShards(string directory, IReadOnlyDictionary<string, string> fileOfTensor)
    {
        var names = fileOfTensor.Values.Distinct().Order(StringComparer.Ordinal).ToList();
        Require(names.Where(name => !CheckpointFile.IsPresent(Path.Combine(directory, name))), "files that do not exist");

        var files = new Dictionary<string, SafetensorsFile>(StringComparer.Ordinal);
        foreach (var name in names)
        {
            var file = SafetensorsFile.Open(Path.Combine(directory, name));
            _files.Add(file);
            files.Add(name, file);
        }

        var absent = fileOfTensor.Where(pair => !files[pair.Value].Entries.ContainsKey(pair.Key));
        Require(absent.Select(pair => $"{pair.Key} ({pair.Value})"), "tensors that their files do not hold");
        foreach (var (tensor, name) in fileOfTensor)
        {
            _tensors.Add(tensor, (files[name], files[name].Entries[tensor]));
        }
    }

    private void Require(IEnumerable<string> missing, string what)
    {
        var names = missing.ToList();
        if (names.Count > 0)
        {
            throw new CheckpointException(Source, null, $"names {names.Count} {what}: {NameList.Join(names)}.");
        }
    }
}
