using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.FakeTrtLlmServe;

/// <summary>An application that owns a server, to be killed by a test.</summary>
internal static class Owner
{
    public static async Task RunAsync(string modelDirectory)
    {
        await using var server = await TrtLlmServer.StartAsync(new TrtLlmServerOptions
        {
            ModelDirectory = modelDirectory,
            ExecutablePath = Environment.ProcessPath,
            Transport = TensorRtLlmTransport.Http,
            StopTimeout = TimeSpan.FromSeconds(1),
        });
        Console.WriteLine("ready");
        await Task.Delay(Timeout.Infinite);
    }
}
