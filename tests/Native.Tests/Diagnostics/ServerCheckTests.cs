using LlamaFp4.Native.Diagnostics;

namespace LlamaFp4.Native.Tests.Diagnostics;

public sealed class ServerCheckTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("trtllm-serve-").FullName;

    [Theory]
    [InlineData("1.2.1", null, "Ok trtllm-serve: /opt/trtllm-serve, version 1.2.1: HTTP completions.")]
    [InlineData("1.3.0rc23", null, "Ok trtllm-serve: /opt/trtllm-serve, version 1.3.0rc23: HTTP completions, SMG gRPC.")]
    [InlineData("1.3.0rc29", "0.4.6", "Ok trtllm-serve: /opt/trtllm-serve, version 1.3.0rc29: HTTP completions, SMG gRPC (smg-grpc-proto 0.4.6), OpenEngine gRPC.")]
    [InlineData("1.3.0rc22", null, "Warning trtllm-serve: /opt/trtllm-serve, version 1.3.0rc22: HTTP completions. → --grpc is broken in this very version: update for gRPC.")]
    [InlineData("1.3.0rc25", null, "Warning trtllm-serve: /opt/trtllm-serve, version 1.3.0rc25: HTTP completions, SMG gRPC (smg-grpc-proto is missing). → For SMG install it beside TensorRT-LLM: pip install \"smg-grpc-proto>=0.4.2\".")]
    [InlineData("1.3.0rc28", "0.4.6", "Warning trtllm-serve: /opt/trtllm-serve, version 1.3.0rc28: HTTP completions, SMG gRPC (smg-grpc-proto 0.4.6), OpenEngine gRPC. → For OpenEngine: pip install --extra-index-url https://buf.build/gen/python \"tensorrt_llm[openengine]\".")]
    [InlineData("0.21.0", null, "Failure trtllm-serve: /opt/trtllm-serve, version 0.21.0: too old for token ids. → Install TensorRT-LLM 1.2.1 or newer.")]
    [InlineData(null, null, "Warning trtllm-serve: /opt/trtllm-serve, version unknown. → Its protocols follow from the version: find it with pip show tensorrt_llm.")]
    public void Judge_Version_SaysWhatItSpeaks(string? version, string? smgVersion, string expected)
    {
        var check = ServerCheck.Judge(new TrtLlmInstallation("/opt/trtllm-serve", version, smgVersion));

        Assert.Equal(expected, Machines.Line(check));
    }

    [Fact]
    public void Missing_NoBlackwell_IsNoLoss()
    {
        var check = ServerCheck.Missing(Machines.Target(Machines.WithoutDriver), hasDocker: true);

        Assert.Equal("Ok trtllm-serve: Not on the path; it could not run here.", Machines.Line(check));
    }

    [Fact]
    public void Missing_DockerOnBlackwell_CanRunTheContainer()
    {
        var check = ServerCheck.Missing(Machines.Target(Machines.EightB200, Machines.Llama405B), hasDocker: true);

        Assert.Equal("Ok trtllm-serve: Not on the path, but docker is: NVIDIA's container nvcr.io/nvidia/tensorrt-llm/release can run it.", Machines.Line(check));
    }

    [Fact]
    public void Missing_NothingOnBlackwellFor405B_Fails()
    {
        var check = ServerCheck.Missing(Machines.Target(Machines.EightB200, Machines.Llama405B), hasDocker: false);

        Assert.Equal(PreflightStatus.Failure, check.Status);
    }

    [Fact]
    public async Task DescribeAsync_ScriptOfPip_AsksItsInterpreterForTheVersions()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a shell script.");
        var executable = WriteServe("""["1.3.0rc29", "0.4.6"]""");

        var installation = await TrtLlmInstallation.DescribeAsync(executable, TestContext.Current.CancellationToken);

        Assert.Equal(new TrtLlmInstallation(executable, "1.3.0rc29", "0.4.6"), installation);
    }

    [Theory]
    [InlineData("""[null, null]""")]
    [InlineData("Traceback (most recent call last):")]
    [InlineData("")]
    [InlineData("{}")]
    public async Task DescribeAsync_InterpreterThatDoesNotKnow_LeavesTheVersionOpen(string output)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Needs a shell script.");
        var executable = WriteServe(output);

        var installation = await TrtLlmInstallation.DescribeAsync(executable, TestContext.Current.CancellationToken);

        Assert.Equal(new TrtLlmInstallation(executable, null, null), installation);
    }

    [Fact]
    public async Task DescribeAsync_NoScript_LeavesTheVersionOpen()
    {
        var executable = Path.Combine(_folder, "trtllm-serve");
        await File.WriteAllBytesAsync(executable, [0x7F, (byte)'E', (byte)'L', (byte)'F'], TestContext.Current.CancellationToken);

        var installation = await TrtLlmInstallation.DescribeAsync(executable, TestContext.Current.CancellationToken);

        Assert.Null(installation.Version);
    }

    [Fact]
    public async Task DescribeAsync_InterpreterIsGone_LeavesTheVersionOpen()
    {
        var executable = Path.Combine(_folder, "trtllm-serve");
        await File.WriteAllTextAsync(executable, $"#!{_folder}/python3\n", TestContext.Current.CancellationToken);

        var installation = await TrtLlmInstallation.DescribeAsync(executable, TestContext.Current.CancellationToken);

        Assert.Null(installation.Version);
    }

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>A script as pip writes it, and an interpreter that prints what it is told to.</summary>
    private string WriteServe(string output)
    {
        var python = Path.Combine(_folder, "python3");
        File.WriteAllText(python, $"#!/bin/sh\ncat <<'END'\n{output}\nEND\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(python, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        var executable = Path.Combine(_folder, "trtllm-serve");
        File.WriteAllText(executable, $"#!{python}\nimport sys\n");
        return executable;
    }
}
