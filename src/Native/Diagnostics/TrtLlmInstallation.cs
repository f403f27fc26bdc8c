using System.Diagnostics;
using System.Text.Json;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>TensorRT-LLM as it is installed on this machine.</summary>
/// <param name="Executable">Full path of <c>trtllm-serve</c>.</param>
/// <param name="Version">Its version, as the Python package says; <see langword="null"/> if it cannot be read.</param>
/// <param name="SmgVersion">The version of <c>smg-grpc-proto</c> beside it; <see langword="null"/> if it is not installed.</param>
internal sealed record TrtLlmInstallation(string Executable, string? Version, string? SmgVersion)
{
    private const string FileName = "trtllm-serve";

    // trtllm-serve itself would import TensorRT-LLM before it says anything: a minute. The package's metadata is read in milliseconds.
    private const string Script = """
        import importlib.metadata as m, json
        def v(name):
            try: return m.version(name)
            except m.PackageNotFoundError: return None
        print(json.dumps([v("tensorrt_llm"), v("smg-grpc-proto")]))
        """;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    /// <summary>The one on the path, which that of an active virtual environment is; <see langword="null"/> if there is none.</summary>
    public static async Task<TrtLlmInstallation?> FindAsync(CancellationToken cancellationToken) =>
        ServerExecutable.FindOnPath(FileName) is { } executable ? await DescribeAsync(executable, cancellationToken).ConfigureAwait(false) : null;

    internal static async Task<TrtLlmInstallation> DescribeAsync(string executable, CancellationToken cancellationToken)
    {
        var versions = Interpreter(executable) is { } python ? await AskAsync(python, cancellationToken).ConfigureAwait(false) : null;
        return new TrtLlmInstallation(executable, versions?.TensorRtLlm, versions?.Smg);
    }

    // pip writes a script whose first line names the interpreter of the environment it was installed into.
    private static string? Interpreter(string executable)
    {
        try
        {
            using var reader = File.OpenText(executable);
            var line = reader.ReadLine();
            return line?.StartsWith("#!", StringComparison.Ordinal) == true && line.Contains("python", StringComparison.Ordinal)
                ? line[2..].Trim()
                : null;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private static async Task<(string? TensorRtLlm, string? Smg)?> AskAsync(string python, CancellationToken cancellationToken)
    {
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        deadline.CancelAfter(Patience);
        using var process = new Process { StartInfo = StartInfo(python) };
        try
        {
            process.Start();
            process.StandardInput.Close();
            var errors = process.StandardError.ReadToEndAsync(deadline.Token);
            var output = await process.StandardOutput.ReadToEndAsync(deadline.Token).ConfigureAwait(false);
            _ = await errors.ConfigureAwait(false);
            using var versions = JsonDocument.Parse(output);
            return (versions.RootElement[0].GetString(), versions.RootElement[1].GetString());
        }
        catch (Exception exception) when (exception is System.ComponentModel.Win32Exception or IOException or JsonException or InvalidOperationException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return null;
        }
        finally
        {
            Stop(process);
        }
    }

    private static ProcessStartInfo StartInfo(string python)
    {
        // "#!/usr/bin/env python3" names a program and its argument.
        var words = python.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        return new ProcessStartInfo(words[0], [.. words[1..], "-I", "-c", Script])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
    }

    private static void Stop(Process process)
    {
        try
        {
            process.Kill(entireProcessTree: true);
        }
        catch (InvalidOperationException)
        {
            // It has not started, or has ended.
        }
    }
}
