using System.Net;
using System.Net.Http.Json;
using System.Net.ServerSentEvents;
using System.Text.Json;
using AgentDemo.Scenarios.Clerk;
using AgentDemo.Scenarios.House;
using AgentDemo.Scenarios.Operations;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.AgentDemo.Tests.Web;

public class ChatSiteTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task An_answer_is_a_stream_of_events()
    {
        await using var site = await Site.StartAsync(HouseScenario.Scenario, Saying("""{"name": "Clock_GetTime", "parameters": {}}""", "It is late."));
        var id = await StartAsync(site);

        var events = await AskAsync(site, id, "What time is it?").ToListAsync(CancellationToken);

        Assert.Equal(["call", "result", "words", "answer"], events.Select(TypeOf).Distinct());
        Assert.Equal("It is late.", events[^1].GetProperty("text").GetString());
    }

    [Fact]
    public async Task Conversations_of_two_pages_know_nothing_of_each_other()
    {
        var session = Saying("One.", "Two.", "Three.");
        await using var site = await Site.StartAsync(HouseScenario.Scenario, session);
        string one = await StartAsync(site), other = await StartAsync(site);

        await AskAsync(site, one, "My name is Anna.").ToListAsync(CancellationToken);
        await AskAsync(site, other, "Who am I?").ToListAsync(CancellationToken);
        await AskAsync(site, one, "Who am I?").ToListAsync(CancellationToken);

        Assert.DoesNotContain("Anna", session.PromptText(1), StringComparison.Ordinal);
        Assert.Contains("Anna", session.PromptText(2), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tools_of_two_pages_have_a_state_of_their_own()
    {
        const string restart = """{"name": "Servers_RestartServer", "parameters": {"server": "mail-2"}}""";
        const string status = """{"name": "Servers_GetServerStatus", "parameters": {"server": "mail-2"}}""";
        await using var site = await Site.StartAsync(OperationsScenario.Scenario, Saying(restart, "Done.", status, "Still down."));
        string one = await StartAsync(site), other = await StartAsync(site);

        await foreach (var happening in AskAsync(site, one, "Restart mail-2."))
        {
            if (TypeOf(happening) == "approval")
            {
                await PostAsync(site, $"conversations/{one}/approvals/{happening.GetProperty("number").GetInt32()}", new { isAllowed = true });
            }
        }

        var events = await AskAsync(site, other, "How is mail-2?").ToListAsync(CancellationToken);

        Assert.Equal("not responding", events.Single(happening => TypeOf(happening) == "result").GetProperty("result").GetString());
    }

    [Fact]
    public async Task A_question_right_after_a_stop_waits_for_the_engine()
    {
        var tokenizer = TinyTokenizer.Create();
        var goOn = new TaskCompletionSource();
        var isStopped = new TaskCompletionSource();
        await using var site = await Site.StartAsync(HouseScenario.Scenario, new ScriptedTokenSession(
            tokenizer,
            ScriptedAnswer.Of(tokenizer, "Once upon a time", beforeChunk: (chunk, token) => chunk < 3 ? Task.CompletedTask : HesitateAsync(token)),
            ScriptedAnswer.Of(tokenizer, "Yes.")));
        var id = await StartAsync(site);
        await foreach (var happening in AskAsync(site, id, "Tell me a story."))
        {
            break;
        }

        await isStopped.Task.WaitAsync(CancellationToken);
        await using var second = AskAsync(site, id, "Are you there?").GetAsyncEnumerator(CancellationToken);
        var first = second.MoveNextAsync();
        goOn.SetResult();

        Assert.True(await first);
        Assert.Equal("words", TypeOf(second.Current));

        // An engine that takes its time to notice.
        async Task HesitateAsync(CancellationToken token)
        {
            token.Register(() => isStopped.TrySetResult());
            await goOn.Task;
            token.ThrowIfCancellationRequested();
        }
    }

    [Theory]
    [InlineData(true, "result")]
    [InlineData(false, "refused")]
    public async Task A_dangerous_tool_waits_for_the_page(bool isAllowed, string expected)
    {
        await using var site = await Site.StartAsync(
            OperationsScenario.Scenario, Saying("""{"name": "Servers_RestartServer", "parameters": {"server": "mail-2"}}""", "Fine."));
        var id = await StartAsync(site);
        List<string> types = [];

        await foreach (var happening in AskAsync(site, id, "Restart mail-2."))
        {
            types.Add(TypeOf(happening));
            if (TypeOf(happening) == "approval")
            {
                var path = $"conversations/{id}/approvals/{happening.GetProperty("number").GetInt32()}";
                Assert.Equal(HttpStatusCode.NoContent, (await PostAsync(site, path, new { isAllowed })).StatusCode);
                Assert.Equal(HttpStatusCode.NotFound, (await PostAsync(site, path, new { isAllowed })).StatusCode);
            }
        }

        Assert.Equal("approval", types[0]);
        Assert.Contains(expected, types);
    }

    [Fact]
    public async Task A_page_that_goes_away_frees_the_engine()
    {
        var story = new EndlessAnswer("Once upon a time", chunks: 3);
        await using var site = await Site.StartAsync(HouseScenario.Scenario, new ScriptedTokenSession(TinyTokenizer.Create(), story.Script));
        var id = await StartAsync(site);

        await foreach (var happening in AskAsync(site, id, "Tell me a story."))
        {
            Assert.Equal("words", TypeOf(happening));
            break;
        }

        await story.IsLeft.WaitAsync(CancellationToken);
    }

    [Fact]
    public async Task One_answer_at_a_time()
    {
        var tokenizer = TinyTokenizer.Create();
        var goOn = new TaskCompletionSource();
        await using var site = await Site.StartAsync(
            HouseScenario.Scenario, new ScriptedTokenSession(tokenizer, ScriptedAnswer.Of(tokenizer, "Wait.", beforeChunk: (chunk, _) => chunk < 2 ? Task.CompletedTask : goOn.Task)));
        var id = await StartAsync(site);
        await using var first = AskAsync(site, id, "Are you there?").GetAsyncEnumerator(CancellationToken);
        await first.MoveNextAsync();

        var second = await PostAsync(site, $"conversations/{id}/questions", new { text = "And now?" });

        Assert.Equal(HttpStatusCode.Conflict, second.StatusCode);
        goOn.SetResult();
        var last = first.Current;
        while (await first.MoveNextAsync())
        {
            last = first.Current;
        }

        Assert.Equal("answer", TypeOf(last));
    }

    [Fact]
    public async Task Unknown_conversation_is_not_found()
    {
        await using var site = await Site.StartAsync(HouseScenario.Scenario, Saying("Hello."));

        var response = await PostAsync(site, "conversations/0123/questions", new { text = "Hello!" });

        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Theory]
    [InlineData("evil.example", null)]
    [InlineData(null, "https://evil.example")]
    [InlineData(null, "null")]
    public async Task Other_sites_are_kept_out(string? host, string? origin)
    {
        await using var site = await Site.StartAsync(HouseScenario.Scenario, Saying("Hello."));
        using var request = new HttpRequestMessage(HttpMethod.Post, "conversations") { Content = JsonContent.Create(new { }) };
        request.Headers.Host = host;
        if (origin is not null)
        {
            request.Headers.Add("Origin", origin);
        }

        var response = await site.Browser.SendAsync(request, CancellationToken);

        Assert.Equal(HttpStatusCode.Forbidden, response.StatusCode);
    }

    [Theory]
    [InlineData("/", "text/html")]
    [InlineData("/page.css", "text/css")]
    [InlineData("/page.js", "text/javascript")]
    [InlineData("/icon.svg", "image/svg+xml")]
    public async Task The_page_takes_nothing_from_elsewhere(string path, string contentType)
    {
        await using var site = await Site.StartAsync(HouseScenario.Scenario, Saying("Hello."));

        using var response = await site.Browser.GetAsync(new Uri(path, UriKind.Relative), CancellationToken);

        Assert.Equal(contentType, response.Content.Headers.ContentType!.MediaType);
        Assert.StartsWith("default-src 'none'; script-src 'self';", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("nosniff", response.Headers.GetValues("X-Content-Type-Options").Single());
    }

    [Fact]
    public async Task The_page_is_told_who_answers()
    {
        await using var site = await Site.StartAsync(ClerkScenario.Scenario, Saying("Hello."));

        var about = await site.Browser.GetFromJsonAsync<JsonElement>("about", CancellationToken);

        Assert.Equal("clerk", about.GetProperty("agent").GetString());
        Assert.Equal("scripted-model", about.GetProperty("model").GetString());
        Assert.Equal(2, about.GetProperty("suggestions").GetArrayLength());
    }

    private static ScriptedTokenSession Saying(params string[] answers) => ScriptedTokenSession.Saying(TinyTokenizer.Create(), answers);

    private static string TypeOf(JsonElement happening) => happening.GetProperty("type").GetString()!;

    private static async Task<string> StartAsync(Site site)
    {
        using var response = await PostAsync(site, "conversations", new { });
        return (await response.Content.ReadFromJsonAsync<JsonElement>(CancellationToken)).GetProperty("id").GetString()!;
    }

    private static Task<HttpResponseMessage> PostAsync(Site site, string path, object body) => site.Browser.PostAsJsonAsync(path, body, CancellationToken);

    private static async IAsyncEnumerable<JsonElement> AskAsync(Site site, string id, string text)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, $"conversations/{id}/questions") { Content = JsonContent.Create(new { text }) };
        using var response = await site.Browser.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, CancellationToken);
        response.EnsureSuccessStatusCode();
        await using var stream = await response.Content.ReadAsStreamAsync(CancellationToken);
        await foreach (var item in SseParser.Create(stream).EnumerateAsync(CancellationToken))
        {
            yield return JsonDocument.Parse(item.Data).RootElement;
        }
    }
}
