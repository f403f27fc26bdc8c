using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.FakeTrtLlmServe;

/// <summary>An application that owns a server, to be killed by a test.</summary>
internal static class Owner
{
    /// <summary>Owns it until it is told to end, by the end of its input.</summary>
    /// <param name="modelDirectory">What to serve.</param>
    /// <param name="dockerImage">Where to run it; <see langword="null"/>: outside of containers.</param>
    public static async Task RunAsync(string modelDirectory, string? dockerImage = null)
    {
        await using var server = await TrtLlmServer.StartAsync(new TrtLlmServerOptions
        {
            ModelDirectory = modelDirectory,
            ExecutablePath = dockerImage is null ? Environment.ProcessPath : null,
            DockerImage = dockerImage,
            Transport = TensorRtLlmTransport.Http,
            StopTimeout = TimeSpan.FromSeconds(1),
        });
        Console.WriteLine("ready");
        await Console.In.ReadToEndAsync();
    }
}
