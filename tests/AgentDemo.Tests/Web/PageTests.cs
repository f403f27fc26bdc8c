using AgentDemo.Scenarios;
using AgentDemo.Scenarios.Clerk;
using AgentDemo.Scenarios.House;
using AgentDemo.Scenarios.Operations;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using PuppeteerSharp;

namespace LlamaFp4.AgentDemo.Tests.Web;

/// <summary>The chat page in a real browser.</summary>
public class PageTests
{
    private const string LastAnswer = "#log > .answer:last-of-type:not(.open)";

    [Fact]
    public async Task A_question_is_answered_with_calls_words_and_figures()
    {
        await using var opened = await OpenAsync(HouseScenario.Scenario);
        var page = opened.Page;

        await AskAsync(page, "What is the weather in Oslo?");
        await page.WaitForSelectorAsync($"{LastAnswer} .figures");

        Assert.Equal("What is the weather in Oslo?", await TextOfAsync(page, ".question"));
        Assert.Equal("Weather.GetWeather(city: Oslo)→ 6 degrees and snowy", await TextOfAsync(page, ".answer .call"));
        Assert.Contains("6 degrees", await TextOfAsync(page, ".answer .words"), StringComparison.Ordinal);
        Assert.Matches(@"^first word after \d+ ms · (\d+ tokens/s · )?\d+ of \d+ prompt tokens cached$", await TextOfAsync(page, ".answer .figures"));
        Assert.Empty(opened.Faults);
    }

    [Fact]
    public async Task A_suggestion_asks()
    {
        await using var opened = await OpenAsync(ClerkScenario.Scenario);
        var page = opened.Page;

        await page.WaitForSelectorAsync("#suggestions button");
        await page.ClickAsync("#suggestions button");
        await page.WaitForSelectorAsync($"{LastAnswer} .figures");

        Assert.Equal("customerAnna Bergitemchairsquantity12cityHamburg", await TextOfAsync(page, ".answer .form"));
        Assert.Empty(opened.Faults);
    }

    [Fact]
    public async Task A_restart_waits_for_the_button()
    {
        await using var opened = await OpenAsync(OperationsScenario.Scenario);
        var page = opened.Page;

        await AskAsync(page, "Restart mail-2.");
        await page.WaitForSelectorAsync(".approval .refuse");
        Assert.Equal("May I call Servers.RestartServer(server: mail-2)?", await TextOfAsync(page, ".approval p"));
        Assert.NotEqual(await ColorOfAsync(page, "#stop"), await ColorOfAsync(page, ".approval .refuse"));
        Assert.Equal(await ColorOfAsync(page, "#stop"), await ColorOfAsync(page, ".approval .allow"));
        await page.ClickAsync(".approval .refuse");
        await page.WaitForSelectorAsync($"{LastAnswer} .figures");
        Assert.Equal("Servers.RestartServer(server: mail-2)→ not allowed", await TextOfAsync(page, ".answer .call.refused"));

        await AskAsync(page, "Restart mail-2.");
        await page.WaitForSelectorAsync(".approval .allow");
        await page.ClickAsync(".approval .allow");
        await page.WaitForSelectorAsync($".answer:nth-of-type(4):not(.open) .figures");
        Assert.Equal("Servers.RestartServer(server: mail-2)→ mail-2 was restarted.", await TextOfAsync(page, ".answer:nth-of-type(4) .call"));
        Assert.Empty(opened.Faults);
    }

    [Fact]
    public async Task Stop_frees_the_engine_and_the_page_goes_on()
    {
        var tokenizer = TinyTokenizer.Create();
        var story = new EndlessAnswer("Once upon a time", chunks: 6);
        var session = new ScriptedTokenSession(tokenizer, story.Script, ScriptedAnswer.Of(tokenizer, "Yes."));
        await using var opened = await OpenAsync(HouseScenario.Scenario, session);
        var page = opened.Page;

        await AskAsync(page, "Tell me a story.");
        await page.WaitForSelectorAsync(".answer.open .words");
        await page.ClickAsync("#stop");
        await story.IsLeft.WaitAsync(TestContext.Current.CancellationToken);
        await page.WaitForSelectorAsync($"{LastAnswer} .notice");
        await AskAsync(page, "Are you there?");
        await page.WaitForSelectorAsync($".answer:nth-of-type(4):not(.open) .figures");

        Assert.Equal("stopped", await TextOfAsync(page, ".answer .notice"));
        Assert.Equal("Yes.", await TextOfAsync(page, ".answer:nth-of-type(4) .words"));
    }

    [Fact]
    public async Task Markup_in_an_answer_is_text()
    {
        await using var opened = await OpenAsync(
            HouseScenario.Scenario, ScriptedTokenSession.Saying(TinyTokenizer.Create(), "<img src=x onerror=\"document.title='taken'\"><b>bold</b>"));
        var page = opened.Page;

        await AskAsync(page, "<script>document.title='taken'</script>");
        await page.WaitForSelectorAsync($"{LastAnswer} .figures");

        Assert.Equal("<script>document.title='taken'</script>", await TextOfAsync(page, ".question"));
        Assert.Equal("<img src=x onerror=\"document.title='taken'\"><b>bold</b>", await TextOfAsync(page, ".answer .words"));
        Assert.Equal("house · LlamaFp4", await page.GetTitleAsync());
        Assert.Null(await page.QuerySelectorAsync(".answer img"));
    }

    [Theory]
    [InlineData(320)]
    [InlineData(1280)]
    public async Task The_page_fits_the_screen(int width)
    {
        await using var opened = await OpenAsync(OperationsScenario.Scenario);
        var page = opened.Page;
        await page.SetViewportAsync(new ViewPortOptions { Width = width, Height = 640 });

        await AskAsync(page, "What is the status of mail-2?");
        await page.WaitForSelectorAsync($"{LastAnswer} .figures");

        Assert.True(await page.EvaluateExpressionAsync<bool>("document.documentElement.scrollWidth <= window.innerWidth"));
        Assert.True(await page.EvaluateExpressionAsync<bool>("document.activeElement.id === 'question'"));
    }

    private static async Task AskAsync(IPage page, string question)
    {
        await page.TypeAsync("#question", question);
        await page.Keyboard.PressAsync("Enter");
    }

    private static Task<string> TextOfAsync(IPage page, string selector) =>
        page.EvaluateFunctionAsync<string>("selector => document.querySelector(selector).textContent", selector);

    private static Task<string> ColorOfAsync(IPage page, string selector) =>
        page.EvaluateFunctionAsync<string>("selector => getComputedStyle(document.querySelector(selector)).backgroundColor", selector);

    private static async Task<Opened> OpenAsync(Scenario scenario, ITokenSession? session = null)
    {
        var browser = await Chromium.LaunchAsync();
        var site = await Site.StartAsync(scenario, session);
        var page = await browser.NewPageAsync();
        var opened = new Opened(site, browser, page);
        await page.GoToAsync(site.Address.ToString());
        await page.WaitForSelectorAsync("#suggestions button");
        return opened;
    }

    /// <summary>A page, and what its browser complains about.</summary>
    private sealed class Opened : IAsyncDisposable
    {
        private readonly Site _site;
        private readonly IBrowser _browser;

        public Opened(Site site, IBrowser browser, IPage page)
        {
            _site = site;
            _browser = browser;
            Page = page;
            page.PageError += (_, error) => Faults.Add(error.Message);
            page.Console += (_, message) => Faults.Add(message.Message.Text);
        }

        public IPage Page { get; }

        public List<string> Faults { get; } = [];

        public async ValueTask DisposeAsync()
        {
            await _browser.DisposeAsync();
            await _site.DisposeAsync();
        }
    }
}
