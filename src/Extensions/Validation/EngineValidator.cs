using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Validation;

/// <summary>Checks that the model of one named options instance can be there, and that the settings of its engine go together.</summary>
/// <remarks>Apart from the other checks because a client with a session of its own reads none of this.</remarks>
internal sealed class EngineValidator(string optionsName) : IValidateOptions<LlamaFp4Options>
{
    private static readonly string[] Schemes = ["smg", "smgs", "openengine", "openengines", "http", "https"];

    public ValidateOptionsResult Validate(string? name, LlamaFp4Options options)
    {
        if (name != optionsName)
        {
            return ValidateOptionsResult.Skip;
        }

        List<string> failures = [.. ModelFailures(options), .. EndpointFailures(options), .. ServerFailures(options)];
        return failures.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(failures);
    }

    private static IEnumerable<string> ModelFailures(LlamaFp4Options options)
    {
        var modelKey = options.KeyOf(nameof(options.Model));
        if (options.Model is null && options.Endpoints.Count > 0)
        {
            yield return $"{modelKey} is missing: give the directory with config.json and tokenizer.json of the checkpoint that the endpoints run.";
        }
        else if (options.Model is null && options.Engine == LlamaFp4Engine.TensorRtLlm)
        {
            yield return $"{modelKey} is missing: give the checkpoint directory that TensorRT-LLM is to run, and {options.KeyOf(nameof(options.Endpoints))} if it runs already.";
        }
        else if (!string.IsNullOrEmpty(options.Model) && !Directory.Exists(options.Model))
        {
            yield return $"{modelKey} is '{options.Model}', but there is no directory '{Path.GetFullPath(options.Model)}'. "
                + "Give the directory of an NVFP4 checkpoint, or leave it out for the pocket model.";
        }

        var isOnTheCpu = options.Engine == LlamaFp4Engine.Cpu || options is { Engine: LlamaFp4Engine.Auto, Model: null, Endpoints.Count: 0 };
        if (isOnTheCpu && options.MaxConcurrentRequests is > 1024 and <= 65_536)
        {
            yield return $"{options.KeyOf(nameof(options.MaxConcurrentRequests))} must be 1 to 1024 on the CPU, but is {options.MaxConcurrentRequests}.";
        }
    }

    private static IEnumerable<string> EndpointFailures(LlamaFp4Options options)
    {
        var endpointsKey = options.KeyOf(nameof(options.Endpoints));
        if (options is { Engine: LlamaFp4Engine.Cpu, Endpoints.Count: > 0 })
        {
            yield return $"{endpointsKey} cannot be combined with {options.KeyOf(nameof(options.Engine))} Cpu: leave one of them out.";
        }

        foreach (var endpoint in options.Endpoints)
        {
            if (endpoint is not { IsAbsoluteUri: true, Host.Length: > 0 } || !Schemes.Contains(endpoint.Scheme))
            {
                yield return $"{endpointsKey} holds '{endpoint}': give {string.Join(", ", Schemes.Select(scheme => $"{scheme}://"))} with host and port.";
            }
        }
    }

    private static IEnumerable<string> ServerFailures(LlamaFp4Options options)
    {
        var server = options.Server;
        if (server.FreeGpuMemoryFraction >= 1)
        {
            yield return FormattableString.Invariant($"{server.KeyOf(nameof(server.FreeGpuMemoryFraction))} must be less than 1, but is {server.FreeGpuMemoryFraction}.");
        }

        if (server.StopTimeout > TimeSpan.FromHours(1) || server.StopTimeout == Timeout.InfiniteTimeSpan)
        {
            yield return $"{server.KeyOf(nameof(server.StopTimeout))} must be at most an hour, but is {server.StopTimeout}.";
        }

        var places = new[] { options.Server.ExecutablePath, options.Server.VirtualEnvironment, options.Server.DockerImage };
        if (places.Count(place => place is not null) > 1)
        {
            yield return $"{options.KeyOf(nameof(options.Server))} says more than once where trtllm-serve is: give one of ExecutablePath, VirtualEnvironment and DockerImage.";
        }
    }
}
