using System.Globalization;

namespace LlamaFp4.Native.Guidance;

/// <summary>The two-letter names of the Unicode general categories.</summary>
internal static class UnicodeCategoryNames
{
    // In the order of System.Globalization.UnicodeCategory.
    private static readonly string[] Names =
    [
        "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Mc", "Me", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
        "Cf", "Cs", "Co", "Pc", "Pd", "Ps", "Pe", "Pi", "Pf", "Po", "Sm", "Sc", "Sk", "So", "Cn",
    ];

    public static string Short(UnicodeCategory category) => Names[(int)category];
}
