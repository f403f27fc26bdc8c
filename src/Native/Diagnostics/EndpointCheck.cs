using System.Runtime.CompilerServices;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Whether an endpoint can be reached, what answers there, and whether it generates.</summary>
internal sealed class EndpointCheck
{
    private const string Name = "endpoint";

    private readonly PreflightOptions _preflight;
    private readonly TensorRtLlmOptions _options;
    private readonly Uri _endpoint;

    private EndpointCheck(Uri endpoint, PreflightOptions preflight)
    {
        _preflight = preflight;
        _endpoint = endpoint;
        _options = new TensorRtLlmOptions
        {
            CheckpointDirectory = preflight.CheckpointDirectory ?? "",
            Endpoints = { endpoint },
            BearerToken = preflight.BearerToken,
            ConnectTimeout = preflight.Timeout,
            FirstTokenTimeout = preflight.Timeout,
            StartUpTimeout = TimeSpan.Zero,
        };
    }

    /// <param name="endpoint">Where the server is.</param>
    /// <param name="preflight">What was asked for.</param>
    /// <param name="isCheckpointWhole">Whether tokenizer and configuration are there to generate with.</param>
    /// <param name="cancellationToken">Ends the checks.</param>
    public static async IAsyncEnumerable<PreflightCheck> RunAsync(
        Uri endpoint, PreflightOptions preflight, bool isCheckpointWhole, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var check = new EndpointCheck(endpoint, preflight);
        var reached = await check.ReachAsync(cancellationToken).ConfigureAwait(false);
        yield return reached;

        if (reached.Status != PreflightStatus.Failure)
        {
            yield return isCheckpointWhole
                ? await check.GenerateAsync(cancellationToken).ConfigureAwait(false)
                : PreflightCheck.Warning(
                    GenerationCheck.Name, $"Not tried at {endpoint.OriginalString}: no whole checkpoint was named.", "Name the directory with the checkpoint's config.json and tokenizer.json; weights are not needed here.");
        }
    }

    private async Task<PreflightCheck> ReachAsync(CancellationToken cancellationToken)
    {
        try
        {
            var address = ServerAddress.Parse(_endpoint, TensorRtLlmTransport.Auto);
            using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            deadline.CancelAfter(_preflight.Timeout);
            using var connection = await ServerConnectionFactory.OpenAsync(address, _options, deadline.Token).ConfigureAwait(false);
            var description = await connection.DescribeAsync(deadline.Token).ConfigureAwait(false);
            await connection.CheckHealthAsync(deadline.Token).ConfigureAwait(false);
            return Judge(connection.Protocol, description);
        }
        catch (ArgumentException exception)
        {
            return PreflightCheck.Failure(Name, exception.Message, "Name it as http://HOST:PORT, and what it speaks is found out.");
        }
        catch (ServerFailureException failure)
        {
            return PreflightCheck.Failure(Name, $"The server {_endpoint.OriginalString} {failure.Message.TrimEnd('.')}.", Advise(failure));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return PreflightCheck.Failure(Name, $"The server {_endpoint.OriginalString} did not answer within {Quantity.Seconds(_preflight.Timeout)}.", "Check the address, and firewalls between here and there.");
        }
    }

    private PreflightCheck Judge(string protocol, ServerDescription description)
    {
        List<string> facts = [$"{description.EngineName} {description.EngineVersion}"];
        if (description.ModelId is { } model)
        {
            facts.Add($"model {model}");
        }

        if (description.ContextLength is { } context)
        {
            facts.Add($"context {Quantity.Count(context)}");
        }

        if (description.Parallelism is { } parallelism)
        {
            facts.Add(parallelism);
        }

        var detail = $"{_endpoint.OriginalString} speaks {protocol}: {string.Join(", ", facts)}.";
        return _preflight.ContextLength > description.ContextLength
            ? PreflightCheck.Warning(Name, detail, $"For a context of {Quantity.Count(_preflight.ContextLength.Value)} restart it with --max_seq_len {_preflight.ContextLength}.")
            : PreflightCheck.Ok(Name, detail);
    }

    private async Task<PreflightCheck> GenerateAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var session = await TensorRtLlmSession.ConnectAsync(_options, cancellationToken).ConfigureAwait(false);
            var check = await GenerationCheck.RunAsync(session, _endpoint.OriginalString, _preflight.Timeout, cancellationToken).ConfigureAwait(false);
            return check.Status == PreflightStatus.Ok && (session.Model.Features & SessionFeatures.JsonSchemaGuide) == 0
                ? PreflightCheck.Warning(
                    check.Name, $"{check.Detail} It enforces no guides.", "Structured output and forced tool calls need them: start the server with guided_decoding_backend: xgrammar in its YAML.")
                : check;
        }
        catch (LlamaFp4Exception exception)
        {
            return PreflightCheck.Failure(GenerationCheck.Name, exception.Message, "Check that the server runs this very checkpoint; its log says more.");
        }
    }

    private static string Advise(ServerFailureException failure) => failure.Kind switch
    {
        ServerFailureKind.Denied => "Give the bearer token of the proxy before it.",
        ServerFailureKind.Unavailable => "Check host and port. The port opens only after the model is loaded, which takes minutes.",
        ServerFailureKind.NotSupported => "Check that this is trtllm-serve, 1.2.1 or newer.",
        _ => "Read the server's log.",
    };
}
