using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Acceptance.Checks;

/// <summary>What the server's release brings, compared with what is known of releases.</summary>
internal static class ReleaseChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        new("Does the protocol belong to the release, as the table of releases says?", ProtocolAsync),
        new("Does the server tell its context length?", ContextAsync),
        new("Does a cache salt keep prefixes apart?", SaltAsync),
    ];

    private static Task<Finding> ProtocolAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        if (target.Server is not { } server)
        {
            return NoServer();
        }

        var observed = $"{server.Description.EngineName} {server.Description.EngineVersion} speaks {server.Protocol}";
        return Task.FromResult(TrtLlmRelease.Parse(server.Description.EngineVersion) is not { } release
            ? Finding.NotApplicable($"{observed}, a version that cannot be placed")
            : Finding.PassIf(IsExpected(release, server.Protocol), observed));
    }

    private static bool IsExpected(TrtLlmRelease release, string protocol) => protocol switch
    {
        "SMG" => release.HasSmg,
        "OpenEngine" => release.HasOpenEngine,
        _ => release.HasHttp,
    };

    private static Task<Finding> ContextAsync(AcceptanceTarget target, CancellationToken cancellationToken) => target.Server is { } server
        ? Task.FromResult(server.Description.ContextLength is { } length
            ? Finding.Pass($"{Figure.Count(length)} tokens")
            : Finding.Fail("No: start it with --max_seq_len, and keep requests below it"))
        : NoServer();

    private static async Task<Finding> SaltAsync(AcceptanceTarget target, CancellationToken cancellationToken)
    {
        if (!target.Can(SessionFeatures.CacheSalt))
        {
            return Finding.NotApplicable("Neither wire nor engine knows cache salts");
        }

        var prompt = target.EncodeUnique(Math.Min(512, target.Model.ContextLength / 2));
        await CachedAsync("one");
        var same = await CachedAsync("one");
        var other = await CachedAsync("two");
        return Finding.PassIf(same > 0 && other == 0, $"{same} tokens cached with the same salt, {other} with another");

        async Task<int> CachedAsync(string salt)
        {
            var request = new GenerationRequest { PromptTokenIds = prompt, MaxNewTokens = 1, StopTokenIds = [], CacheSalt = salt };
            return (await target.Session.CollectAsync(request, cancellationToken)).Last.Usage?.CachedPromptTokens ?? 0;
        }
    }

    private static Task<Finding> NoServer() => Task.FromResult(Finding.NotApplicable("The engine runs in this process"));
}
