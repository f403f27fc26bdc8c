using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.Tokenization;

public class LlamaTokenizerLoadTests
{
    // What is done to a good file, and what the message must name.
    private static readonly Dictionary<string, (Action<JsonObject> Mutate, string Named)> Mutations = new()
    {
        ["model missing"] = (json => json.Remove("model"), "'model' is missing"),
        ["model is a list"] = (json => json["model"] = new JsonArray(), "'model' is an array, expected an object"),
        ["model of another type"] = (json => Model(json)["type"] = "Unigram", "'type' is \"Unigram\", expected \"BPE\""),
        ["model type missing"] = (json => Model(json).Remove("type"), "'type' is missing, expected \"BPE\""),
        ["ignore_merges false"] = (json => Model(json)["ignore_merges"] = false, "'ignore_merges' is false, expected true"),
        ["ignore_merges missing"] = (json => Model(json).Remove("ignore_merges"), "'ignore_merges' is missing, expected true"),
        ["byte fallback"] = (json => Model(json)["byte_fallback"] = true, "'byte_fallback' is true, expected false"),
        ["dropout"] = (json => Model(json)["dropout"] = 0.1, "'dropout' is 0.1, expected null"),
        ["subword prefix"] = (json => Model(json)["continuing_subword_prefix"] = "##", "'continuing_subword_prefix' is \"##\""),
        ["word suffix"] = (json => Model(json)["end_of_word_suffix"] = "_w", "'end_of_word_suffix' is \"_w\""),
        ["normalizer"] = (json => json["normalizer"] = new JsonObject { ["type"] = "NFC" }, "'normalizer' is an object, expected null"),
        ["decoder missing"] = (json => json.Remove("decoder"), "'decoder' is missing"),
        ["decoder of another type"] = (json => json["decoder"]!["type"] = "Metaspace", "'type' is \"Metaspace\", expected \"ByteLevel\""),

        ["pre-tokenizer missing"] = (json => json["pre_tokenizer"] = null, "'pre_tokenizer' is null"),
        ["pre-tokenizer of one step"] = (json => Steps(json).RemoveAt(0), "two steps Split and ByteLevel"),
        ["pre-tokenizer steps are text"] = (json => json["pre_tokenizer"]!["pretokenizers"] = new JsonArray("Split", "ByteLevel"), "two steps Split and ByteLevel"),
        ["another split regex"] = (json => Steps(json)[0]!["pattern"]!["Regex"] = @"\p{L}+", "'Regex' is"),
        ["split by text"] = (json => Steps(json)[0]!["pattern"] = new JsonObject { ["String"] = " " }, "'Regex' is missing"),
        ["split removes"] = (json => Steps(json)[0]!["behavior"] = "Removed", "'behavior' is \"Removed\""),
        ["split inverted"] = (json => Steps(json)[0]!["invert"] = true, "'invert' is true"),
        ["prefix space"] = (json => Steps(json)[1]!["add_prefix_space"] = true, "'add_prefix_space' is true"),
        ["regex of the byte level"] = (json => Steps(json)[1]!["use_regex"] = true, "'use_regex' is true"),

        ["vocab missing"] = (json => Model(json).Remove("vocab"), "'vocab' is missing"),
        ["vocab is a list"] = (json => Model(json)["vocab"] = new JsonArray(), "'vocab' is an array"),
        ["id is text"] = (json => Vocab(json)["ab"] = "256", "'ab' has the id \"256\", expected a whole number"),
        ["id has a fraction"] = (json => Vocab(json)["ab"] = 256.5, "'ab' has the id 256.5"),
        ["id is negative"] = (json => Vocab(json)["ab"] = -1, "'ab' has the id -1"),
        ["id is huge"] = (json => Vocab(json)["ab"] = int.MaxValue, "'ab' has the id 2147483647"),
        ["id beyond 32 bits"] = (json => Vocab(json)["ab"] = 4294967296, "'ab' has the id 4294967296"),
        ["id is the count"] = (json => Vocab(json)["ab"] = 268, "run from 0 to 267 without gaps"),
        ["id leaves a gap"] = (json => Vocab(json)["ab"] = 5000, "run from 0 to 267 without gaps"),
        ["id twice"] = (json => Vocab(json)["abc"] = 256, "has the id 256, which another token has too"),
        ["id of a control token"] = (json => Vocab(json)["abc"] = 260, "has the id 260, which another token has too"),
        ["token not in the alphabet"] = (json => Rename(json, "abc", "a c"), "'a c' is not written in the byte-level alphabet"),
        ["token beyond the alphabet"] = (json => Rename(json, "abc", "中"), "'中' is not written in the byte-level alphabet"),
        ["token without bytes"] = (json => Rename(json, "abc", ""), "'' is not written in the byte-level alphabet"),
        ["single byte missing"] = (json => Rename(json, "Ġ", "ĠĠ"), "the single byte 0x20"),

        ["added tokens missing"] = (json => json.Remove("added_tokens"), "'added_tokens' is missing"),
        ["added token is text"] = (json => Added(json)[0] = "<|begin_of_text|>", "expected objects"),
        ["added token without id"] = (json => Added(json)[0]!.AsObject().Remove("id"), "'id' is missing"),
        ["added token without content"] = (json => Added(json)[0]!.AsObject().Remove("content"), "'content' is missing"),
        ["added token with empty content"] = (json => Added(json)[2]!["content"] = "", "a token without text"),
        ["added token twice"] = (json => Added(json)[2]!["content"] = "<|eot_id|>", "'<|eot_id|>' twice"),
        ["added token id twice"] = (json => Added(json)[2]!["id"] = 258, "which another token has too"),
        ["added token also ordinary"] = (json => Vocab(json)["<|eot_id|>"] = 3, "the id 3 in 'vocab' and 266 in 'added_tokens'"),
        ["begin_of_text missing"] = (json => Added(json)[0]!["content"] = "<s>", "lacks the special tokens <|begin_of_text|>"),
        ["two control tokens missing"] = (json =>
        {
            Added(json)[6]!["content"] = "<|a|>";
            Added(json)[8]!["content"] = "<|b|>";
        }, "<|eom_id|>, <|python_tag|>"),
        ["control token not special"] = (json => Added(json)[7]!["special"] = false, "lacks the special tokens <|eot_id|>"),

        ["merges missing"] = (json => Model(json).Remove("merges"), "'merges' is missing"),
        ["merge is a number"] = (json => Merges(json)[1] = 5, "merge 1 is 5"),
        ["merge of one part"] = (json => Merges(json)[1] = "ab", "merge 1 is \"ab\""),
        ["merge of three parts"] = (json => Merges(json)[1] = "a b c", "merge 1 is \"a b c\""),
        ["merge with an empty part"] = (json => Merges(json)[1] = "ab ", "merge 1 is \"ab \""),
        ["merge list of three"] = (json => Merges(json)[1] = new JsonArray("a", "b", "c"), "merge 1 is an array"),
        ["merge list of numbers"] = (json => Merges(json)[1] = new JsonArray(1, 2), "merge 1 is an array"),
        ["merge with an unknown part"] = (json => Merges(json)[1] = "ab zz", "needs the token 'zz'"),
        ["merge into an unknown token"] = (json => Merges(json)[1] = "a d", "needs the token 'ad'"),
        ["merge twice"] = (json => Merges(json)[1] = "a b", "merge 1, 'a b', is listed twice"),
    };

    public static TheoryData<string> MutationNames => [.. Mutations.Keys];

    [Theory]
    [MemberData(nameof(MutationNames))]
    public void Load_FileThatIsWrong_NamesTheFileAndWhatWasExpected(string mutation)
    {
        var json = TinyTokenizer.Json("ab", "abc", "zebra");
        Mutations[mutation].Mutate(json);

        var exception = Assert.Throws<CheckpointException>(() => Load(json.ToJsonString()));

        Assert.StartsWith("some/tokenizer.json: ", exception.Message, StringComparison.Ordinal);
        Assert.Contains(Mutations[mutation].Named, exception.Message, StringComparison.Ordinal);
        Assert.Equal("some/tokenizer.json", exception.File);
    }

    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("{")]
    [InlineData("not JSON")]
    [InlineData("{\"model\":{\"type\":\"BPE\"},\"model\":{\"type\":\"BPE\"}}")]
    [InlineData("{\"\\ud800\":1}")]
    public void Load_ContentThatIsNoTokenizer_Throws(string content) => Assert.Throws<CheckpointException>(() => Load(content));

    [Fact]
    public void Load_DuplicateToken_Throws()
    {
        var content = TinyTokenizer.Json("ab").ToJsonString().Replace("\"ab\":256", "\"ab\":256,\"\\u0061b\":256", StringComparison.Ordinal);

        Assert.Throws<CheckpointException>(() => Load(content));
    }

    [Fact]
    public void Load_DeepNesting_Throws() => Assert.Throws<CheckpointException>(() => Load(new string('[', 100_000)));

    [Fact]
    public void Load_EndlessStream_StopsAtTheLimit()
    {
        var exception = Assert.Throws<CheckpointException>(() => LlamaTokenizer.Load(new EndlessStream()));

        Assert.Contains("larger than", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Load_StreamThatFails_Throws()
    {
        var exception = Assert.Throws<CheckpointException>(() => LlamaTokenizer.Load(new EndlessStream(failure: new IOException("disk gone"))));

        Assert.Contains("disk gone", exception.Message, StringComparison.Ordinal);
        Assert.IsType<IOException>(exception.InnerException);
    }

    [Fact]
    public void Load_AnyTruncation_Throws()
    {
        var bytes = Encoding.UTF8.GetBytes(TinyTokenizer.Json("ab").ToJsonString());
        for (var length = 0; length < bytes.Length; length += 7)
        {
            Assert.Throws<CheckpointException>(() => LlamaTokenizer.Load(new MemoryStream(bytes, 0, length)));
        }
    }

    [Fact]
    public void Load_AnyFlippedBytes_LoadsOrThrowsCheckpointException()
    {
        var bytes = Encoding.UTF8.GetBytes(TinyTokenizer.Json("ab", "abc").ToJsonString());
        var random = new Random(5);
        var refused = 0;
        for (var round = 0; round < 2000; round++)
        {
            var mutated = bytes.ToArray();
            for (var i = random.Next(1, 4); i > 0; i--)
            {
                mutated[random.Next(mutated.Length)] = (byte)random.Next(256);
            }

            try
            {
                LlamaTokenizer.Load(new MemoryStream(mutated));
            }
            catch (CheckpointException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 1500, 2000);
    }

    [Fact]
    public void Load_Directory_ReadsItsTokenizerJson()
    {
        var directory = Directory.CreateTempSubdirectory("tokenizer-");
        try
        {
            File.WriteAllText(Path.Combine(directory.FullName, "tokenizer.json"), TinyTokenizer.Json("ab").ToJsonString());

            Assert.Equal([256], LlamaTokenizer.Load(directory.FullName).Encode("ab"));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_DirectoryWithoutTokenizer_NamesTheFile()
    {
        var directory = Directory.CreateTempSubdirectory("tokenizer-");
        try
        {
            var exception = Assert.Throws<CheckpointException>(() => LlamaTokenizer.Load(directory.FullName));

            Assert.Equal(Path.Combine(directory.FullName, "tokenizer.json"), exception.File);
        }
        finally
        {
            directory.Delete();
        }
    }

    [Fact]
    public async Task Load_TokenizerThatIsAPipe_IsRefusedWithoutWaitingForAWriter()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no pipes in the file system.");
        var directory = Directory.CreateTempSubdirectory("tokenizer-");
        try
        {
            using (var mkfifo = Process.Start("mkfifo", [Path.Combine(directory.FullName, "tokenizer.json")]))
            {
                await mkfifo.WaitForExitAsync(TestContext.Current.CancellationToken);
            }

            var load = Task.Run(() => LlamaTokenizer.Load(directory.FullName), TestContext.Current.CancellationToken);

            await Assert.ThrowsAsync<CheckpointException>(() => load.WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    [Fact]
    public void Load_StreamThatCannotBeRead_IsAnArgumentError()
    {
        var closed = new MemoryStream();
        closed.Dispose();

        Assert.Throws<ArgumentException>("tokenizerJson", () => LlamaTokenizer.Load(closed));
    }

    [Fact]
    public void Load_NoDirectory_IsAnArgumentError()
    {
        Assert.Throws<ArgumentException>("checkpointDirectory", () => LlamaTokenizer.Load(""));
        Assert.Throws<ArgumentNullException>("tokenizerJson", () => LlamaTokenizer.Load((Stream)null!));
    }

    private static LlamaTokenizer Load(string content) => LlamaTokenizer.Load(new MemoryStream(Encoding.UTF8.GetBytes(content)), "some/tokenizer.json");

    private static JsonObject Model(JsonObject json) => json["model"]!.AsObject();

    private static JsonObject Vocab(JsonObject json) => Model(json)["vocab"]!.AsObject();

    private static JsonArray Merges(JsonObject json) => Model(json)["merges"]!.AsArray();

    private static JsonArray Added(JsonObject json) => json["added_tokens"]!.AsArray();

    private static JsonArray Steps(JsonObject json) => json["pre_tokenizer"]!["pretokenizers"]!.AsArray();

    private static void Rename(JsonObject json, string token, string name)
    {
        var id = Vocab(json)[token]!.GetValue<int>();
        Vocab(json).Remove(token);
        Vocab(json)[name] = id;
    }

    private sealed class EndlessStream(IOException? failure = null) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            Array.Fill(buffer, (byte)' ', offset, count);
            return failure is null ? count : throw failure;
        }

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
