using System.Text;

namespace LlamaFp4.Native.Tests.Tokenization;

/// <summary>Texts rich in what the split rules look at.</summary>
internal static class RandomText
{
    private static readonly string[] Parts =
    [
        " ", "  ", "\t", "\n", "\r\n", "\u000B", "\u0085", "\u00A0", "\u2003", "\u2028", "\u3000", "'", "'s", "'LL", "'re", "'v", "7", "2024", "½",
        "a", "Ab", "über", "и", "中文", "ไทย", "\u0301", "_", "==", "-", "\u200D", "€", "\0",
    ];

    private static readonly string[] AstralParts = ["🦙", "👩‍💻", "𝔘", "𝟘𝟙", "𐌰", "𠀀", "\U0010FFFD"];

    public static string Bmp(Random random, int length) => Join(random, length, () => RandomBmpCharacter(random));

    public static string WellFormed(Random random, int length) =>
        Join(random, length, () => random.Next(2) == 0 ? AstralParts[random.Next(AstralParts.Length)] : RandomBmpCharacter(random));

    public static string AnyUnits(Random random, int length) =>
        Join(random, length, () => random.Next(3) switch
        {
            0 => ((char)random.Next(0xD800, 0xE000)).ToString(),
            1 => AstralParts[random.Next(AstralParts.Length)],
            _ => RandomBmpCharacter(random),
        });

    private static string Join(Random random, int length, Func<string> rare)
    {
        var text = new StringBuilder();
        for (var i = 0; i < length; i++)
        {
            text.Append(random.Next(4) == 0 ? rare() : Parts[random.Next(Parts.Length)]);
        }

        return text.ToString();
    }

    private static string RandomBmpCharacter(Random random)
    {
        var unit = (char)random.Next(0x10000);
        return char.IsSurrogate(unit) ? "\uFFFD" : unit.ToString();
    }
}
