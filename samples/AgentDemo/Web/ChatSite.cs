using AgentDemo.Conversations;
using AgentDemo.Scenarios;
using LlamaFp4.Native.Sessions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace AgentDemo.Web;

/// <summary>A chat page for the browser of this machine, and the little that it asks for.</summary>
internal static class ChatSite
{
    /// <param name="scenario">The agent behind the page.</param>
    /// <param name="model">Checkpoint directory; <see langword="null"/> for the pocket model.</param>
    /// <param name="port">Where to listen, on the loopback interface; 0: on a free port.</param>
    /// <param name="addServices">Adds what the container has to know before the model is added.</param>
    public static WebApplication Create(Scenario scenario, string? model, int port, Action<IServiceCollection> addServices)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.SetMinimumLevel(LogLevel.Warning);
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        addServices(builder.Services);
        builder.Services.AddAgent(scenario, model).AddSingleton<PageConversations>();
        builder.Services.ConfigureHttpJsonOptions(json => json.SerializerOptions.TypeInfoResolverChain.Insert(0, AgentEventJson.Default));

        var site = builder.Build();
        site.Use(OnlyThisPage.GuardAsync);
        PageFiles.Map(site);
        site.MapGet("/about", async (IServiceProvider services) => About.Of(scenario, (await services.LoadLlamaFp4Async()).Model, isPocket: model is null));
        site.MapPost("/conversations", (PageConversations conversations) => new Started(conversations.Start()));
        site.MapPost("/conversations/{id}/questions", Ask);
        site.MapPost("/conversations/{id}/approvals/{call}", Approve);
        return site;
    }

    private static Results<ServerSentEventsResult<AgentEvent>, NotFound, Conflict> Ask(
        string id, Question question, PageConversations conversations, CancellationToken cancellationToken)
    {
        if (conversations.Find(id) is not { } conversation)
        {
            return TypedResults.NotFound();
        }

        // A page that goes away, or whose reader presses stop, ends the request and with it the answer.
        return conversation.TryAsk(question.Text, cancellationToken) is { } answer ? TypedResults.ServerSentEvents(answer) : TypedResults.Conflict();
    }

    private static Results<NoContent, NotFound> Approve(string id, int call, Approval approval, PageConversations conversations) =>
        conversations.Find(id)?.Decide(call, approval.IsAllowed) == true ? TypedResults.NoContent() : TypedResults.NotFound();

    private sealed record About(
        string Agent, string Title, string Model, string Device, int ContextLength, bool IsPocket, IEnumerable<string> Suggestions)
    {
        public static About Of(Scenario scenario, ModelInfo model, bool isPocket) => new(
            scenario.Name, scenario.Title, model.ModelId, model.Device, model.ContextLength, isPocket,
            scenario.Script.Turns.Select(turn => turn.Question).Distinct());
    }

    private sealed record Started(string Id);

    private sealed record Question(string Text);

    private sealed record Approval(bool IsAllowed);
}
