using System.Buffers.Binary;
using System.Text;
using System.Text.Json.Nodes;

namespace LlamaFp4.Native.Tests.Checkpoint;

/// <summary>Ways to damage one file of a checkpoint, each chosen by a seeded generator.</summary>
internal static class CheckpointMutation
{
    private const string Placeholder = "@mutation@";

    private static readonly string[] Values =
    [
        "null", "true", "false", "0", "-1", "1", "16", "0.5", "1e999", "-0", "2147483648", "9223372036854775807", "18446744073709551615",
        "100000000000000000000000000000", "\"\"", "\"16\"", "\"..\"", "\"model.safetensors\"", "\"\\ud800\"", "\"\\u0000\"", "[]", "{}",
        "[[]]", "[0, 0]", "[1, 2, 3]", "{\"a\": 1, \"a\": 2}", "[null]", "NaN", "", "[-1, 5]", "[9223372036854775807, 9223372036854775807]",
    ];

    public static byte[] FlipBits(byte[] content, Random random)
    {
        var mutated = content.ToArray();
        var count = random.Next(1, 4);
        for (var i = 0; i < count; i++)
        {
            mutated[random.Next(Head(content))] ^= (byte)(1 << random.Next(8));
        }

        return mutated;
    }

    public static byte[] OverwriteByte(byte[] content, Random random)
    {
        var mutated = content.ToArray();
        mutated[random.Next(Head(content))] = (byte)random.Next(256);
        return mutated;
    }

    public static byte[] Truncate(byte[] content, Random random) => content[..random.Next(content.Length)];

    public static byte[] TruncateInHead(byte[] content, Random random) => content[..random.Next(Head(content))];

    public static byte[] Extend(byte[] content, Random random)
    {
        var tail = new byte[random.Next(1, 100)];
        random.NextBytes(tail);
        return [.. content, .. tail];
    }

    public static byte[] Insert(byte[] content, Random random)
    {
        var position = random.Next(Head(content));
        return [.. content[..position], (byte)"{}[]\",:0-9e\\"[random.Next(12)], .. content[position..]];
    }

    public static byte[] EditLength(byte[] content, Random random)
    {
        long[] lengths = [0, 1, 7, 8, content.Length - 8, content.Length - 7, content.Length, 99_999_999, 100_000_001, int.MaxValue, long.MaxValue, long.MinValue, -1];
        var mutated = content.ToArray();
        BinaryPrimitives.WriteInt64LittleEndian(mutated, random.Next(2) == 0 ? lengths[random.Next(lengths.Length)] : random.Next(content.Length));
        return mutated;
    }

    public static byte[] RemoveField(byte[] content, Random random) => EditJson(content, root =>
    {
        var (parent, name) = Pick(root, random);
        _ = parent.Remove(name);
    });

    public static byte[] ReplaceField(byte[] content, Random random)
    {
        var value = Values[random.Next(Values.Length)];
        return EditJson(content, root => ReplaceAnywhere(root, random), text => text.Replace($"\"{Placeholder}\"", value, StringComparison.Ordinal));
    }

    public static byte[] RenameField(byte[] content, Random random) => EditJson(content, root =>
    {
        var (parent, name) = Pick(root, random);
        var value = parent[name]?.DeepClone();
        _ = parent.Remove(name);
        parent[Pick(root, random).Name] = value;
    });

    public static byte[] SwapFields(byte[] content, Random random) => EditJson(content, root =>
    {
        var (firstParent, first) = Pick(root, random);
        var (secondParent, second) = Pick(root, random);
        var (firstValue, secondValue) = (firstParent[first]?.DeepClone(), secondParent[second]?.DeepClone());
        firstParent[first] = secondValue;
        secondParent[second] = firstValue;
    });

    /// <summary>How many bytes at the front describe: all of a JSON file, length and header of a safetensors file.</summary>
    private static int Head(byte[] content) => content[0] == '{' ? content.Length : 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(content);

    private static byte[] EditJson(byte[] content, Action<JsonObject> edit, Func<string, string>? editText = null)
    {
        var start = content[0] == '{' ? 0 : 8;
        var head = Head(content);
        var root = JsonNode.Parse(content.AsSpan(start, head - start))!.AsObject();
        edit(root);
        var json = Encoding.UTF8.GetBytes(editText is null ? root.ToJsonString() : editText(root.ToJsonString()));
        if (start == 0)
        {
            return json;
        }

        var length = new byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(length, json.Length);
        return [.. length, .. json, .. content.AsSpan(head)];
    }

    private static (JsonObject Parent, string Name) Pick(JsonObject root, Random random)
    {
        var (parent, name) = (root, root.ElementAt(random.Next(root.Count)).Key);
        while (parent[name] is JsonObject { Count: > 0 } inner && random.Next(4) != 0)
        {
            (parent, name) = (inner, inner.ElementAt(random.Next(inner.Count)).Key);
        }

        return (parent, name);
    }

    private static void ReplaceAnywhere(JsonObject root, Random random)
    {
        var (parent, name) = Pick(root, random);
        if (parent[name] is JsonArray { Count: > 0 } array && random.Next(2) == 0)
        {
            array[random.Next(array.Count)] = Placeholder;
        }
        else
        {
            parent[name] = Placeholder;
        }
    }
}
