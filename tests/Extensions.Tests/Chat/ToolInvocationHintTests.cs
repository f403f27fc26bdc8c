using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Tests.Chat;

/// <summary>Tools that are declared and never run are the usual beginner's mistake; the log says so once.</summary>
public class ToolInvocationHintTests
{
    private const string Call = """<|python_tag|>{"name": "get_time", "parameters": {}}""";
    private readonly ServiceCollection _services = new();

    public ToolInvocationHintTests() => _services.AddLogging(logging => logging.AddFakeLogging());

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task CallsReturned_AndNothingRunsThem_IsSaidOnce()
    {
        _services.AddLlamaFp4ChatClient(_ => ScriptedTokenSession.Saying(TinyTokenizer.Create(), Call));
        await using var provider = _services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();

        await client.GetResponseAsync("What time is it?", Options(), CancellationToken);
        await client.GetResponseAsync("What time is it?", Options(), CancellationToken);
        await client.GetStreamingResponseAsync("What time is it?", Options(), CancellationToken).ToChatResponseAsync(CancellationToken);

        Assert.Contains("UseFunctionInvocation()", Assert.Single(Hints(provider)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task CallsStreamed_AndNothingRunsThem_IsSaid()
    {
        _services.AddKeyedLlamaFp4ChatClient("small", _ => ScriptedTokenSession.Saying(TinyTokenizer.Create(), Call));
        await using var provider = _services.BuildServiceProvider();

        var response = await provider.GetRequiredKeyedService<IChatClient>("small")
            .GetStreamingResponseAsync("What time is it?", Options(), CancellationToken).ToChatResponseAsync(CancellationToken);

        Assert.Equal(ChatFinishReason.ToolCalls, response.FinishReason);
        Assert.Single(Hints(provider));
    }

    [Fact]
    public async Task CallsRunByThePipeline_NeedNoHint()
    {
        _services.AddLlamaFp4ChatClient(_ => ScriptedTokenSession.Saying(TinyTokenizer.Create(), Call, "Noon.")).UseFunctionInvocation();
        await using var provider = _services.BuildServiceProvider();

        var response = await provider.GetRequiredService<IChatClient>().GetResponseAsync("What time is it?", Options(), CancellationToken);

        Assert.Equal("Noon.", response.Text);
        Assert.Empty(Hints(provider));
    }

    [Fact]
    public async Task AnswerWithoutCalls_NeedsNoHint()
    {
        _services.AddLlamaFp4ChatClient(_ => ScriptedTokenSession.Saying(TinyTokenizer.Create(), "Noon."));
        await using var provider = _services.BuildServiceProvider();

        await provider.GetRequiredService<IChatClient>().GetResponseAsync("What time is it?", Options(), CancellationToken);

        Assert.Empty(Hints(provider));
    }

    private static List<string> Hints(IServiceProvider provider) =>
        [.. provider.GetFakeLogCollector().GetSnapshot().Where(record => record.Id.Id == 6).Select(record => record.Message)];

    private static ChatOptions Options() => new() { Tools = [AIFunctionFactory.Create(() => "12:00", "get_time")] };
}
