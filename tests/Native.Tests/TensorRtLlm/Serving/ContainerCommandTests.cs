using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Serving;

public sealed class ContainerCommandTests : IDisposable
{
    private readonly DirectoryInfo _root = Directory.CreateTempSubdirectory("container-");

    public void Dispose() => _root.Delete(recursive: true);

    [Fact]
    public void Create_IsTheCommandOnePastes()
    {
        var model = _root.CreateSubdirectory("Llama-3.1-405B-Instruct-FP4").FullName;

        var command = Create(new TrtLlmServerOptions { ModelDirectory = model, DockerImage = "nvcr.io/nvidia/tensorrt-llm/release:1.2.1", Transport = TensorRtLlmTransport.Http });

        Assert.Equal(
            "docker run --rm -i --init --name llamafp4-1 --gpus all --ipc=host --ulimit memlock=-1 --ulimit stack=67108864 "
            + "-p 127.0.0.1:8000:8000 "
            + $"--mount type=bind,source={model},target={model},readonly "
            + "--mount type=bind,source=/run/serve.yaml,target=/run/serve.yaml,readonly "
            + "-e TRTLLM_NO_USAGE_STATS=1 nvcr.io/nvidia/tensorrt-llm/release:1.2.1 watched "
            + $"trtllm-serve serve {model} --backend pytorch --host 0.0.0.0 --port 8000 --tp_size 8 --max_seq_len 32768 --max_num_tokens 8192 --max_batch_size 64 "
            + "--extra_llm_api_options /run/serve.yaml",
            command.ToString());
    }

    [Fact]
    public void Create_SomeGpus_AreOneQuotedField()
    {
        var command = Create(new TrtLlmServerOptions { ModelDirectory = _root.FullName, DockerImage = "image", Gpus = [0, 1, 2, 3] });

        Assert.Equal("\"device=0,1,2,3\"", ArgumentAfter(command, "--gpus"));
    }

    [Fact]
    public void Create_EnvironmentVariables_AreNamedOnTheLineAndGivenOutsideOfIt()
    {
        var options = new TrtLlmServerOptions { ModelDirectory = _root.FullName, DockerImage = "image", EnvironmentVariables = { ["TOKEN"] = "secret" } };

        var command = Create(options);

        Assert.Contains("-e TRTLLM_NO_USAGE_STATS=1 -e TOKEN image", command.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("secret", command.ToString(), StringComparison.Ordinal);
        Assert.Equal("secret", command.Environment["TOKEN"]);
    }

    [Fact]
    public void Create_PathWithCommaAndQuote_IsEscapedForDocker()
    {
        var model = _root.CreateSubdirectory("a,\"b").FullName;

        var command = Create(new TrtLlmServerOptions { ModelDirectory = model, DockerImage = "image" });

        var escaped = model.Replace("\"", "\"\"", StringComparison.Ordinal);
        Assert.Equal($"type=bind,\"source={escaped}\",\"target={escaped}\",readonly", ArgumentAfter(command, "--mount"));
    }

    [Fact]
    public void Create_CheckpointOfLinks_MountsWhatTheyLeadTo()
    {
        var snapshot = _root.CreateSubdirectory("models--nvidia--llama/snapshots/1a2b");
        var blobs = _root.CreateSubdirectory("models--nvidia--llama/blobs");
        File.WriteAllText(Path.Combine(blobs.FullName, "c3d4"), "{}");
        File.CreateSymbolicLink(Path.Combine(snapshot.FullName, "config.json"), "../../blobs/c3d4");

        var command = Create(new TrtLlmServerOptions { ModelDirectory = snapshot.FullName, DockerImage = "image" });

        var root = Path.Combine(_root.FullName, "models--nvidia--llama");
        Assert.Equal($"type=bind,source={root},target={root},readonly", ArgumentAfter(command, "--mount"));
        Assert.Equal(snapshot.FullName, ArgumentAfter(command, "serve"));
    }

    [Theory]
    [InlineData("plain-1.2/3_x", "plain-1.2/3_x")]
    [InlineData("", "''")]
    [InlineData("a b", "'a b'")]
    [InlineData("it's", @"'it'\''s'")]
    [InlineData("$HOME", "'$HOME'")]
    public void ToString_Argument_IsQuotedForAShell(string argument, string expected)
    {
        var command = new ServerCommand("/bin/x", [argument], new Dictionary<string, string>());

        Assert.Equal($"/bin/x {expected}", command.ToString());
    }

    private static ServerCommand Create(TrtLlmServerOptions options) =>
        ContainerCommand.Create("docker", options, 8000, "/run/serve.yaml", "llamafp4-1", command => ["watched", .. command]);

    private static string ArgumentAfter(ServerCommand command, string argument) => command.Arguments[command.Arguments.ToList().IndexOf(argument) + 1];
}
