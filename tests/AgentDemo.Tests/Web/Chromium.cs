using PuppeteerSharp;

namespace LlamaFp4.AgentDemo.Tests.Web;

/// <summary>A headless browser, if the machine has one.</summary>
internal static class Chromium
{
    private const string PathVariable = "LLAMAFP4_CHROMIUM";

    private static readonly string[] Names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

    /// <summary>Skips the test where there is no browser.</summary>
    public static Task<IBrowser> LaunchAsync()
    {
        var path = Find();
        Assert.SkipWhen(path is null, $"Needs a browser: {string.Join(", ", Names)} on PATH, or {PathVariable} with its path.");
        return Puppeteer.LaunchAsync(new LaunchOptions
        {
            ExecutablePath = path,
            Args = Environment.IsPrivilegedProcess ? ["--no-sandbox"] : [], // Chromium refuses to sandbox itself as root.
        });
    }

    private static string? Find() => Environment.GetEnvironmentVariable(PathVariable) ?? (
        from directory in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
        from name in Names
        select Path.Combine(directory, name)).FirstOrDefault(File.Exists);
}
