using System.IO.Compression;
using System.Xml.Linq;

namespace LlamaFp4.Packages.Tests;

/// <summary>A package and its symbols, as <c>dotnet pack</c> has left them in the folder that <c>LLAMAFP4_PACKAGES</c> names.</summary>
internal sealed class Package
{
    private readonly string _id;
    private readonly XElement _metadata;

    private Package(string id, string file)
    {
        _id = id;
        Files = Entries(file);
        Symbols = Entries(Path.ChangeExtension(file, "snupkg"));
        _metadata = XDocument.Parse(Text($"{id}.nuspec")).Root!.Elements().Single(element => element.Name.LocalName == "metadata");
    }

    public static string Folder { get; } = Path.GetFullPath(
        Environment.GetEnvironmentVariable("LLAMAFP4_PACKAGES") ?? throw new InvalidOperationException("Run `dotnet pack Provider.sln --output DIR` and set LLAMAFP4_PACKAGES to DIR."));

    /// <summary>What the package holds, by path.</summary>
    public IReadOnlyDictionary<string, byte[]> Files { get; }

    /// <summary>What its symbol package holds.</summary>
    public IReadOnlyDictionary<string, byte[]> Symbols { get; }

    public byte[] Library => Files[$"lib/net10.0/{_id}.dll"];

    public byte[] LibrarySymbols => Symbols[$"lib/net10.0/{_id}.pdb"];

    public IEnumerable<string> Dependencies => _metadata.Descendants().Where(element => element.Name.LocalName == "dependency").Select(element => element.Attribute("id")!.Value);

    public static Package Open(string id) => Open(id, Folder);

    public static Package Open(string id, string folder) => new(id, Directory.GetFiles(folder, $"{id}.*.nupkg").Single(file => char.IsAsciiDigit(Path.GetFileName(file)[id.Length + 1])));

    public string Text(string file) => new StreamReader(new MemoryStream(Files[file])).ReadToEnd();

    /// <summary>A value of the package's description, such as <c>license</c>.</summary>
    public string Metadata(string name) => Element(name).Value;

    public string? Metadata(string name, string attribute) => Element(name).Attribute(attribute)?.Value;

    private static Dictionary<string, byte[]> Entries(string path)
    {
        using var archive = ZipFile.OpenRead(path);
        return archive.Entries.ToDictionary(entry => entry.FullName, Content);
    }

    private static byte[] Content(ZipArchiveEntry entry)
    {
        using var stream = entry.Open();
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }

    private XElement Element(string name) => _metadata.Elements().Single(element => element.Name.LocalName == name);
}
