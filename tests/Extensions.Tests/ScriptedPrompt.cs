using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Extensions.Tests;

internal static class ScriptedPrompt
{
    /// <summary>The text of the prompt that a scripted session was given.</summary>
    public static string PromptText(this ScriptedTokenSession session, Index request) =>
        session.Tokenizer.Decode(session.Requests[request].PromptTokenIds.Span, keepSpecialTokens: true);
}
