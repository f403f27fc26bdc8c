using System.Globalization;
using System.Text.Json;
using System.Text.Unicode;

namespace LlamaFp4.Native.Checkpoint;

/// <summary>A value in a JSON file that knows where it stands, so that every complaint can name it.</summary>
/// <remarks>A field that is not there is a field too (<see cref="IsMissing"/>): reading a value from it says what was expected.</remarks>
internal readonly struct JsonField
{
    // The largest of these files by far is the index of a sharded checkpoint: 0.4 MB for 405B.
    private const int FileLimit = 16_000_000;

    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false };

    private readonly JsonElement _element;
    private readonly string _path;

    private JsonField(string file, string? tensor, string path, JsonElement element)
    {
        File = file;
        Tensor = tensor;
        _path = path;
        _element = element;
    }

    public string File { get; }

    /// <summary>The tensor the field describes, in the header of a safetensors file.</summary>
    public string? Tensor { get; }

    /// <summary>Whether the field is absent or null.</summary>
    public bool IsMissing => _element.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null;

    public bool IsNull => _element.ValueKind == JsonValueKind.Null;

    public bool IsObject => _element.ValueKind == JsonValueKind.Object;

    public bool IsArray => _element.ValueKind == JsonValueKind.Array;

    public static JsonField ReadFile(string file) => Parse(file, CheckpointFile.ReadAllBytes(file, FileLimit), "the file");

    /// <summary>Parses an object: well-formed UTF-8, no name twice, no comments, at most 64 levels deep.</summary>
    public static JsonField Parse(string file, ReadOnlySpan<byte> utf8, string what)
    {
        // The parser itself looks at the bytes of a text only when the text is asked for.
        if (!Utf8.IsValid(utf8))
        {
            throw new CheckpointException(file, null, $"{what} is not valid UTF-8.");
        }

        try
        {
            var root = new JsonField(file, null, "", JsonElement.Parse(utf8, Strict));
            return root.IsObject ? root : throw new CheckpointException(file, null, $"{what} is not a JSON object.");
        }
        catch (Exception exception) when (exception is JsonException or InvalidOperationException)
        {
            // InvalidOperationException: a property name with half a surrogate pair.
            throw new CheckpointException(file, null, $"{what} is not valid JSON: {exception.Message}", exception);
        }
    }

    /// <summary>The member of that name; missing if it is absent or null.</summary>
    public JsonField this[string name]
    {
        get
        {
            if (!IsObject)
            {
                throw Unexpected("an object");
            }

            _ = _element.TryGetProperty(name, out var member);
            return new JsonField(File, Tensor, Join(name), member);
        }
    }

    public JsonField ForTensor(string tensor) => new(File, tensor, "", _element);

    public IEnumerable<(string Name, JsonField Value)> Members()
    {
        if (!IsObject)
        {
            throw Unexpected("an object");
        }

        foreach (var member in _element.EnumerateObject())
        {
            yield return (member.Name, new JsonField(File, Tensor, Join(member.Name), member.Value));
        }
    }

    public IReadOnlyList<JsonField> ToList(string expected)
    {
        if (!IsArray)
        {
            throw Unexpected(expected);
        }

        var (file, tensor, path) = (File, Tensor, _path);
        return [.. _element.EnumerateArray().Select((item, index) => new JsonField(file, tensor, $"{path}[{index}]", item))];
    }

    public string ToText(string expected = "a string")
    {
        try
        {
            return _element.ValueKind == JsonValueKind.String ? _element.GetString()! : throw Unexpected(expected);
        }
        catch (InvalidOperationException exception)
        {
            throw new CheckpointException(File, Tensor, $"'{_path}' is not well-formed text: {exception.Message}", exception);
        }
    }

    public bool ToBoolean() => _element.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => throw Unexpected("true or false"),
    };

    public long ToInt64(long minimum, long maximum)
    {
        return _element.ValueKind == JsonValueKind.Number && _element.TryGetInt64(out var value) && value >= minimum && value <= maximum
            ? value
            : throw Unexpected(Invariant($"an integer from {minimum} to {maximum}"));
    }

    public int ToInt32(int minimum, int maximum) => (int)ToInt64(minimum, maximum);

    /// <summary>A finite number in [<paramref name="minimum"/>, <paramref name="maximum"/>].</summary>
    public double ToDouble(double minimum, double maximum)
    {
        return _element.ValueKind == JsonValueKind.Number && _element.TryGetDouble(out var value) && value >= minimum && value <= maximum
            ? value
            : throw Unexpected(Invariant($"a number from {minimum} to {maximum}"));
    }

    /// <summary>The complaint that this field does not hold what was expected.</summary>
    public CheckpointException Unexpected(string expected) => new(File, Tensor, $"'{_path}' is {Shown()}, expected {expected}.");

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private string Join(string name) => _path.Length == 0 ? name : $"{_path}.{name}";

    private string Shown()
    {
        const int limit = 80;
        if (_element.ValueKind == JsonValueKind.Undefined)
        {
            return "missing";
        }

        var text = _element.GetRawText();
        return text.Length <= limit ? text : string.Concat(text.AsSpan(0, limit), "…");
    }
}
