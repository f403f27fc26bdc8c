using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>What a client owes its callers when a real engine is behind it: sampling, many requests at once, and slots that come free.</summary>
public abstract partial class GenerationConformanceTests
{
    private static readonly ChatOptions Letters = new()
    {
        Temperature = 1,
        RawRepresentationFactory = _ => new LlamaFp4RequestOptions { Guide = new RegexGuide("[a-z]{40}") },
    };

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A client over an engine of its own, greedy unless a request says otherwise; the engine is disposed with it.</summary>
    /// <param name="slots">How many requests it computes at once; further ones wait.</param>
    protected abstract IChatClient CreateChatClient(int slots = 8);

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(long.MaxValue)]
    public async Task Seed_RepeatsTheAnswer(long seed)
    {
        using var client = CreateChatClient();
        var options = Letters.Clone();
        options.Seed = seed;

        var first = await client.AskAsync("Hello", options);
        var again = await client.AskAsync("Hello", options);

        Assert.Equal(first.Text, again.Text);
    }

    [Fact]
    public async Task Seed_CountsInAllItsBits()
    {
        using var client = CreateChatClient();
        HashSet<string> answers = [];

        foreach (var seed in (long[])[1, 1 + (1L << 32), 1 + (1L << 62)])
        {
            var options = Letters.Clone();
            options.Seed = seed;
            answers.Add((await client.AskAsync("Hello", options)).Text);
        }

        Assert.Equal(3, answers.Count);
    }

    [Fact]
    public async Task NoSeed_VariesTheAnswer()
    {
        using var client = CreateChatClient();

        var first = await client.AskAsync("Hello", Letters);
        var again = await client.AskAsync("Hello", Letters);

        Assert.NotEqual(first.Text, again.Text);
    }

    [Fact]
    public async Task SixtyFourAtOnce_GetTheAnswersTheyGetAlone()
    {
        using var client = CreateChatClient();
        List<string> questions = [.. Enumerable.Range(0, 64).Select(i => $"My order number is {1000 + (i * 37)}.")];
        List<string> alone = [];
        foreach (var question in questions)
        {
            alone.Add(await AnswerAsync(question));
        }

        var together = await Task.WhenAll(questions.Select(AnswerAsync));

        Assert.True(alone.Distinct().Count() > 1);
        Assert.Equal(alone, together);

        async Task<string> AnswerAsync(string question) => (await client.AskAsync(question, new ChatOptions { MaxOutputTokens = 24 })).Text;
    }
}
