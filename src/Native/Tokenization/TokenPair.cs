namespace LlamaFp4.Native.Tokenization;

/// <summary>Two neighbouring tokens.</summary>
internal readonly record struct TokenPair(int Left, int Right)
{
    // Seeded, so that no merge list can be made to collide.
    public override int GetHashCode() => HashCode.Combine(Left, Right);
}
