using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>One generated token, before a server is used: that it generates at all, and whether it enforces guides.</summary>
internal sealed class ServerProbe(ServerConnection connection, ServerPool pool)
{
    /// <returns>The description, without the guides if they turned out to be ignored.</returns>
    /// <exception cref="ServerFailureException">No token came.</exception>
    public async Task<ServerDescription> RunAsync(ServerDescription description, CancellationToken cancellationToken)
    {
        if (description.IgnoresGuidesSilently && pool.Options.VerifyGuides && (description.Features & SessionFeatures.RegexGuide) != 0)
        {
            return await EnforcesGuidesAsync(description, cancellationToken).ConfigureAwait(false)
                ? description
                : description with { Features = description.Features & ~GuideText.Features };
        }

        await GenerateAsync(description, null, cancellationToken).ConfigureAwait(false);
        return description;
    }

    private async Task<bool> EnforcesGuidesAsync(ServerDescription description, CancellationToken cancellationToken)
    {
        var tokenizer = pool.Checkpoint.Tokenizer;
        int[] allowed = [.. tokenizer.Encode("a"), .. tokenizer.Encode("b")];
        try
        {
            var tokenId = await GenerateAsync(description, new RegexGuide("[ab]"), cancellationToken).ConfigureAwait(false);
            if (allowed.Contains(tokenId))
            {
                return true;
            }

            pool.Log.GuidesNotEnforced(Name, $"token {tokenId} came where only {string.Join(" or ", allowed)} was allowed");
        }
        catch (ServerFailureException failure) when (failure.Kind is not ServerFailureKind.Unavailable)
        {
            pool.Log.GuidesNotEnforced(Name, failure.Message);
            await GenerateAsync(description, null, cancellationToken).ConfigureAwait(false);
        }

        return false;
    }

    private async Task<int> GenerateAsync(ServerDescription description, Guide? guide, CancellationToken cancellationToken)
    {
        var checkpoint = pool.Checkpoint;
        var request = new ServerRequest(
            new GenerationRequest
            {
                PromptTokenIds = new[] { checkpoint.Tokenizer.SpecialTokens.BeginOfText },
                MaxNewTokens = 1,
                StopTokenIds = guide is null ? [] : null,
                Sampling = new SamplingParameters { Temperature = 0 },
                Guide = guide,
            },
            checkpoint.Describe(description),
            checkpoint.Config);
        var response = new ServerResponse(request, new ResponseStream(request));
        using var timeout = new CancellationTokenSource(pool.Options.FirstTokenTimeout, pool.Options.TimeProvider);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, timeout.Token);
        try
        {
            await connection.GenerateAsync(Guid.NewGuid().ToString("N"), request, response, either.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerFailureException(ServerFailureKind.Unavailable, $"generated no token within {pool.Options.FirstTokenTimeout} (FirstTokenTimeout)");
        }

        response.RequireFinished();
        return response.Received > 0 ? response[0] : throw new ServerFailureException(ServerFailureKind.Protocol, "ended a request for one token without it");
    }

    private string Name => $"{connection.Protocol} server {connection.Address}";
}
