using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether <c>trtllm-serve</c> is installed on this machine, and which protocols this version of it speaks.</summary>
internal static class ServerCheck
{
    private const string Name = "trtllm-serve";

    public static async Task<PreflightCheck> RunAsync(PreflightTarget target, CancellationToken cancellationToken)
    {
        var installation = await TrtLlmInstallation.FindAsync(cancellationToken).ConfigureAwait(false);
        return installation is null ? Missing(target, ServerExecutable.FindOnPath("docker") is not null) : Judge(installation);
    }

    internal static PreflightCheck Judge(TrtLlmInstallation installation)
    {
        if (installation.Version is not { } version || TrtLlmRelease.Parse(version) is not { } release)
        {
            return PreflightCheck.Warning(
                Name, $"{installation.Executable}, version {installation.Version ?? "unknown"}.", "Its protocols follow from the version: find it with pip show tensorrt_llm.");
        }

        var detail = $"{installation.Executable}, version {version}: {Protocols(release, installation.SmgVersion)}.";
        if (!release.HasHttp)
        {
            return PreflightCheck.Failure(Name, detail, "Install TensorRT-LLM 1.2.1 or newer.");
        }

        if (release.IsGrpcBroken)
        {
            return PreflightCheck.Warning(Name, detail, "--grpc is broken in this very version: update for gRPC.");
        }

        if (release.HasSmg && release.NeedsSmgPackage && installation.SmgVersion is null)
        {
            return PreflightCheck.Warning(Name, detail, "For SMG install it beside TensorRT-LLM: pip install \"smg-grpc-proto>=0.4.2\".");
        }

        return release.NeedsOpenEnginePackages
            ? PreflightCheck.Warning(Name, detail, "For OpenEngine: pip install --extra-index-url https://buf.build/gen/python \"tensorrt_llm[openengine]\".")
            : PreflightCheck.Ok(Name, detail);
    }

    internal static PreflightCheck Missing(PreflightTarget target, bool hasDocker)
    {
        const string detail = "Not on the path";
        const string image = "nvcr.io/nvidia/tensorrt-llm/release";
        if (target.BlackwellGpus.Count == 0)
        {
            return PreflightCheck.Ok(Name, $"{detail}; it could not run here.");
        }

        return hasDocker
            ? PreflightCheck.Ok(Name, $"{detail}, but docker is: NVIDIA's container {image} can run it.")
            : target.Shortcoming(Name, $"{detail}, and docker is not either.", $"Install TensorRT-LLM, or docker for NVIDIA's container {image}.");
    }

    private static string Protocols(TrtLlmRelease release, string? smgVersion)
    {
        List<string> protocols = [];
        if (release.HasHttp)
        {
            protocols.Add("HTTP completions");
        }

        if (release.HasSmg)
        {
            protocols.Add((release.NeedsSmgPackage, smgVersion) switch
            {
                (true, null) => "SMG gRPC (smg-grpc-proto is missing)",
                (true, { } version) => $"SMG gRPC (smg-grpc-proto {version})",
                _ => "SMG gRPC",
            });
        }

        if (release.HasOpenEngine)
        {
            protocols.Add("OpenEngine gRPC");
        }

        return protocols.Count == 0 ? "too old for token ids" : string.Join(", ", protocols);
    }
}
