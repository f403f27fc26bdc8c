using LlamaFp4.Native.Diagnostics;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class TrtLlmReleaseTests
{
    [Theory]
    [InlineData("0.21.0", "")]
    [InlineData("1.0.0", "http")]
    [InlineData("1.2.1", "http")]
    [InlineData("1.3.0rc13", "http")]
    [InlineData("1.3.0rc14", "http smg")]
    [InlineData("1.3.0rc20", "http smg")]
    [InlineData("1.3.0rc22", "http")]
    [InlineData("1.3.0rc23", "http smg")]
    [InlineData("1.3.0rc25", "http smg+package")]
    [InlineData("1.3.0rc26", "http smg+package")]
    [InlineData("1.3.0rc27.dev202609160000", "http smg+package")]
    [InlineData("1.3.0rc27.dev202609170000", "http smg+package openengine+package")]
    [InlineData("1.3.0rc27", "http smg+package openengine+package")]
    [InlineData("1.3.0rc28", "http smg+package openengine+package")]
    [InlineData("1.3.0rc29", "http smg+package openengine")]
    [InlineData("1.3.0", "http smg+package openengine")]
    [InlineData("1.3.0.post1", "http smg+package openengine")]
    [InlineData("1.4.0rc0+cu130", "http smg+package openengine")]
    public void Protocols_FollowFromTheVersion(string version, string expected)
    {
        var release = TrtLlmRelease.Parse(version)!;

        string[] protocols =
        [
            release.HasHttp ? "http" : "",
            !release.HasSmg ? "" : release.NeedsSmgPackage ? "smg+package" : "smg",
            !release.HasOpenEngine ? "" : release.NeedsOpenEnginePackages ? "openengine+package" : "openengine",
        ];
        Assert.Equal(expected, string.Join(' ', protocols.Where(protocol => protocol.Length > 0)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("latest")]
    [InlineData("1.3")]
    [InlineData("1.3.0rc")]
    [InlineData("1.3.0rc27 ")]
    [InlineData("99999.0.0")]
    public void Parse_NoSuchVersion_IsNull(string text)
    {
        Assert.Null(TrtLlmRelease.Parse(text));
    }
}
