using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Guidance;

/// <summary>The one way in which guidance says that it cannot enforce something.</summary>
internal static class GuideNotSupported
{
    public static FeatureNotSupportedException Because(string what, string where) =>
        new($"The guide cannot be enforced: {what} (at {where}).");
}
