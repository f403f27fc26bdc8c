using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Extensions.Engines;

/// <summary>What is to run a model, and why.</summary>
/// <param name="Place">Where it runs.</param>
/// <param name="Reason">Why there, as the end of a sentence.</param>
/// <param name="Gpus">GPUs of this machine that compute NVFP4, as far as they were looked for.</param>
internal sealed record EngineChoice(EnginePlace Place, string Reason, int Gpus = 0)
{
    /// <param name="options">What is configured.</param>
    /// <param name="machine">Looks at this machine; asked only where that decides.</param>
    public static EngineChoice Of(LlamaFp4Options options, Func<Machine> machine)
    {
        var engine = options.Engine;
        if (engine == LlamaFp4Engine.Cpu)
        {
            return new(EnginePlace.Cpu, $"{options.KeyOf(nameof(options.Engine))} says so");
        }

        if (options.Endpoints.Count > 0)
        {
            return new(EnginePlace.Endpoints, $"{options.KeyOf(nameof(options.Endpoints))} names {string.Join(", ", options.Endpoints)}");
        }

        if (engine == LlamaFp4Engine.TensorRtLlm)
        {
            return new(EnginePlace.LocalServer, $"{options.KeyOf(nameof(options.Engine))} says so, and no endpoint is configured", machine().Gpus);
        }

        return options.Model is null ? new(EnginePlace.Cpu, "the pocket model needs no more") : OfMachine(options.Server, machine());
    }

    private static EngineChoice OfMachine(LlamaFp4ServerOptions server, Machine machine)
    {
        var isServerKnown = server.ExecutablePath is not null || server.VirtualEnvironment is not null || server.DockerImage is not null;
        return machine.Gpus == 0 ? new(EnginePlace.Cpu, "no endpoint is configured, and this machine has no Blackwell GPU")
            : isServerKnown ? new(EnginePlace.LocalServer, $"no endpoint is configured, but trtllm-serve, and this machine has {machine.Gpus} Blackwell GPUs", machine.Gpus)
            : machine.Executable is { } executable ? new(EnginePlace.LocalServer, $"no endpoint is configured, and this machine has {machine.Gpus} Blackwell GPUs and {executable}", machine.Gpus)
            : new(EnginePlace.Cpu, "no endpoint is configured, and trtllm-serve is not on PATH");
    }
}

/// <summary>Where a model can run.</summary>
internal enum EnginePlace
{
    /// <summary>In this process.</summary>
    Cpu,

    /// <summary>On servers that others have started.</summary>
    Endpoints,

    /// <summary>On a server that is started here.</summary>
    LocalServer,
}

/// <summary>What of a machine decides whether TensorRT-LLM can be started on it.</summary>
/// <param name="Gpus">Its GPUs that compute NVFP4.</param>
/// <param name="Executable">The <c>trtllm-serve</c> on its path.</param>
internal sealed record Machine(int Gpus, string? Executable)
{
    public static Machine Look() => new(NvidiaDriver.Read().Gpus.Count(gpu => gpu.IsBlackwell), TrtLlmServer.FindExecutable());
}
