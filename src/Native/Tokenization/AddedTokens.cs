namespace LlamaFp4.Native.Tokenization;

/// <summary>The tokens of <c>added_tokens</c>: they come from the prompt's structure, never from text.</summary>
/// <param name="IdsByText">Id of each added token.</param>
/// <param name="SpecialIds">Those marked as special: control tokens, which stand for no text.</param>
internal sealed record AddedTokens(IReadOnlyDictionary<string, int> IdsByText, IReadOnlySet<int> SpecialIds)
{
    public bool TryGetSpecial(string text, out int id) => IdsByText.TryGetValue(text, out id) && SpecialIds.Contains(id);
}
