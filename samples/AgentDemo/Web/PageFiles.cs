using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace AgentDemo.Web;

/// <summary>The page itself, from the program's resources.</summary>
internal static class PageFiles
{
    public static void Map(WebApplication site)
    {
        Map(site, "/", "index.html", "text/html; charset=utf-8");
        Map(site, "/page.css", "page.css", "text/css; charset=utf-8");
        Map(site, "/page.js", "page.js", "text/javascript; charset=utf-8");
        Map(site, "/icon.svg", "icon.svg", "image/svg+xml");
    }

    private static void Map(WebApplication site, string path, string file, string contentType) => site.MapGet(path, () => TypedResults.Stream(
        typeof(PageFiles).Assembly.GetManifestResourceStream($"AgentDemo.Web.page.{file}")!, contentType));
}
