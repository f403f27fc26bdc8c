using System.Globalization;
using System.Text.RegularExpressions;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>A version of TensorRT-LLM, and the protocols that carry token ids in it.</summary>
/// <param name="Version">Major, minor and patch number.</param>
/// <param name="Candidate">The number behind <c>rc</c>; <see cref="int.MaxValue"/> for a final release.</param>
/// <param name="Build">The number behind <c>dev</c>, a date; <see cref="long.MaxValue"/> for a published version.</param>
internal sealed partial record TrtLlmRelease(Version Version, int Candidate, long Build) : IComparable<TrtLlmRelease>
{
    private static readonly TrtLlmRelease FirstSmg = Of(14);
    private static readonly TrtLlmRelease BrokenGrpc = Of(22);
    private static readonly TrtLlmRelease FirstWithSmgAsExtra = Of(25);
    private static readonly TrtLlmRelease FirstOpenEngine = new(new Version(1, 3, 0), 27, 202609170000);
    private static readonly TrtLlmRelease FirstWithOpenEngineIncluded = Of(29);

    public bool HasHttp => Version.Major >= 1;

    public bool HasSmg => CompareTo(FirstSmg) >= 0 && !IsGrpcBroken;

    /// <summary>Whether <c>--grpc</c> is broken in this very version.</summary>
    public bool IsGrpcBroken => Version == BrokenGrpc.Version && Candidate == BrokenGrpc.Candidate;

    /// <summary>Whether SMG needs the package <c>smg-grpc-proto</c>, which is not installed with TensorRT-LLM.</summary>
    public bool NeedsSmgPackage => CompareTo(FirstWithSmgAsExtra) >= 0;

    public bool HasOpenEngine => CompareTo(FirstOpenEngine) >= 0;

    /// <summary>Whether OpenEngine needs packages that are not installed with TensorRT-LLM.</summary>
    public bool NeedsOpenEnginePackages => HasOpenEngine && CompareTo(FirstWithOpenEngineIncluded) < 0;

    /// <summary>Reads a Python version such as <c>1.2.1</c>, <c>1.3.0rc25</c> or <c>1.3.0rc27.dev202609170000+abc</c>; <see langword="null"/> if it is none.</summary>
    public static TrtLlmRelease? Parse(string text)
    {
        var match = Pattern().Match(text);
        return match.Success
            ? new TrtLlmRelease(
                new Version(Number(match.Groups["major"]), Number(match.Groups["minor"]), Number(match.Groups["patch"])),
                match.Groups["rc"] is { Success: true } candidate ? Number(candidate) : int.MaxValue,
                match.Groups["dev"] is { Success: true } build ? long.Parse(build.ValueSpan, CultureInfo.InvariantCulture) : long.MaxValue)
            : null;
    }

    public int CompareTo(TrtLlmRelease? other) => other is null
        ? 1
        : (Version, Candidate, Build).CompareTo((other.Version, other.Candidate, other.Build));

    private static TrtLlmRelease Of(int candidate) => new(new Version(1, 3, 0), candidate, long.MaxValue);

    private static int Number(Group group) => int.Parse(group.ValueSpan, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"^(?<major>\d{1,4})\.(?<minor>\d{1,4})\.(?<patch>\d{1,4})(rc(?<rc>\d{1,4}))?(\.(post\d{1,4}|dev(?<dev>\d{1,18})))?(\+[\w.]+)?$", RegexOptions.CultureInvariant)]
    private static partial Regex Pattern();
}
