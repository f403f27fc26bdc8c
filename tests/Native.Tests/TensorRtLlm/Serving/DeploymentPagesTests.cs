using System.Globalization;
using System.Text.RegularExpressions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

/// <summary>The pages in docs/deployment show what the code builds.</summary>
public sealed partial class DeploymentPagesTests
{
    private const string Model = "/models/Llama-3.1-405B-Instruct-FP4";
    private const string Configuration = "/etc/llamafp4/trtllm-serve.yaml";

    // Bytes of a token in the KV cache of Llama 3.1 405B: 126 layers, 8 KV heads of 128, keys and values, one byte each.
    private const double TokenBytes = 126 * 8 * 128 * 2;

    [Theory]
    [InlineData("smg", 50051, TensorRtLlmTransport.Smg, "")]
    [InlineData("openengine", 50051, TensorRtLlmTransport.OpenEngine, "")]
    [InlineData("http", 8000, TensorRtLlmTransport.Http, "")]
    [InlineData("four", 50051, TensorRtLlmTransport.Smg, "CUDA_VISIBLE_DEVICES=0,1,2,3 ")]
    public void OneNode_Command_IsTheOneThatIsBuilt(string block, int port, TensorRtLlmTransport transport, string prefix)
    {
        var options = new TrtLlmServerOptions { ModelDirectory = Model, Transport = transport, Gpus = prefix.Length == 0 ? [] : [0, 1, 2, 3] };

        var built = new ServerCommand("trtllm-serve", ServeArguments.Create(options, "127.0.0.1", port, Configuration), new Dictionary<string, string>());

        Assert.Equal(prefix + built, Unwrap(BlockOf("one-node.md", block)));
    }

    [Fact]
    public void OneNode_Settings_AreTheOnesThatAreBuilt() =>
        Assert.Equal(ServeArguments.ToYaml(new TrtLlmServerOptions { ModelDirectory = Model }), BlockOf("one-node.md", "yaml"));

    [Fact]
    public void OneNode_DockerCommand_IsTheOneThatIsBuilt()
    {
        var directory = Directory.CreateTempSubdirectory("model-");
        try
        {
            var options = new TrtLlmServerOptions { ModelDirectory = directory.FullName, DockerImage = "nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24" };

            var built = ContainerCommand.Create("docker", options, 50051, Configuration, "llamafp4", command => command);

            Assert.Equal(built.ToString().Replace(directory.FullName, Model, StringComparison.Ordinal), Unwrap(BlockOf("one-node.md", "docker")));
        }
        finally
        {
            directory.Delete();
        }
    }

    [Fact]
    public void OneNode_UnitAndCompose_RunTheSameCommand()
    {
        var page = PageOf("one-node.md");
        var command = new ServerCommand("trtllm-serve", ServeArguments.Create(new TrtLlmServerOptions { ModelDirectory = Model }, "127.0.0.1", 50051, Configuration), new Dictionary<string, string>()).ToString();

        Assert.Contains($"ExecStart=/opt/trtllm/bin/{command}\n", page, StringComparison.Ordinal);
        Assert.Contains($"      {command.Replace("127.0.0.1", "0.0.0.0", StringComparison.Ordinal)}\n", page.Replace("32768\n      --max_num", "32768 --max_num", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void Sizing_Table_FollowsFromTheModel()
    {
        int[] requests = [1, 16, 64, 128, 256];
        var (four, eight) = (CacheGigabytes(4), CacheGigabytes(8));
        var rows = TableRow().Matches(PageOf("sizing.md").Split("<!-- computed -->")[1].Split("\n\n")[0]);

        Assert.Equal(6, rows.Count);
        foreach (Match row in rows)
        {
            var context = double.Parse(row.Groups[1].Value, NumberStyles.AllowThousands, CultureInfo.InvariantCulture);
            var cells = row.Groups[2].Value.Split('|', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            Assert.Equal(requests.Select(count => CellOf(context * count * TokenBytes / 1e9)), cells);
        }

        string CellOf(double gigabytes)
        {
            var fits = gigabytes <= four ? "4" : gigabytes <= eight ? "8" : "–";
            return string.Create(CultureInfo.InvariantCulture, $"{Math.Round(gigabytes, gigabytes < 10 ? 1 : 0):#,0.#} GB · {fits}");
        }
    }

    // 180 GB of memory, weights of 230 GB spread over the GPUs, 15 GB for running, 0.9 of the rest.
    private static double CacheGigabytes(int gpus) => (180 - (230.0 / gpus) - 15) * 0.9 * gpus;

    private static string BlockOf(string page, string name)
    {
        var match = Regex.Match(PageOf(page), $"<!-- built: {name} -->\n```[a-z]+\n(.*?)```\n", RegexOptions.Singleline);
        Assert.True(match.Success, $"{page} has no block '{name}'.");
        return match.Groups[1].Value;
    }

    private static string Unwrap(string text) => LineBreak().Replace(text, " ").TrimEnd('\n');

    private static string PageOf(string name) => File.ReadAllText(RepositoryFiles.PathOf("docs", "deployment", name));

    [GeneratedRegex(@" \\\n\s*")]
    private static partial Regex LineBreak();

    [GeneratedRegex(@"^\| ([\d,]+) \|(.*)$", RegexOptions.Multiline)]
    private static partial Regex TableRow();
}
