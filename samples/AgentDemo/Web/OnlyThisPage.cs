using Microsoft.AspNetCore.Http;

namespace AgentDemo.Web;

/// <summary>Pages of other sites, open in the same browser, must neither read nor drive this one.</summary>
internal static class OnlyThisPage
{
    private const string Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    public static Task GuardAsync(HttpContext context, RequestDelegate next)
    {
        var headers = context.Response.Headers;
        headers.ContentSecurityPolicy = Policy;
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";

        if (IsThisMachine(context.Request.Host.Host) && IsThisSite(context.Request))
        {
            return next(context);
        }

        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    // A name that another site's DNS leads to this machine is not one of these.
    private static bool IsThisMachine(string host) => host is "127.0.0.1" or "localhost";

    private static bool IsThisSite(HttpRequest request) =>
        request.Headers.Origin is not [{ } origin] || origin == $"{request.Scheme}://{request.Host}";
}
