using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace LlamaFp4.Extensions.Tests.Telemetry;

/// <summary>What is said and answered stays out of the log, at every level, unless somebody lets it in.</summary>
public class SensitiveDataTests
{
    private const string Call = """<|python_tag|>{"name": "find_ship", "parameters": {"name": "Wanderer"}}""";

    // Of the system message, the question, the call, its result, and the answer.
    private static readonly string[] Secrets = ["Bosun", "Zanzibar", "Wanderer", "Mombasa", "Thursday"];

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Text_IsNotLogged(bool isStreamed)
    {
        var records = await TalkAsync(isStreamed, options => options.ModelId = "ship-model");

        Assert.NotEmpty(records);
        Assert.All(records, record => Assert.All(Secrets, secret =>
        {
            Assert.DoesNotContain(secret, record.Message, StringComparison.Ordinal);
            Assert.DoesNotContain(secret, string.Join(' ', record.StructuredState?.Select(item => item.Value) ?? []), StringComparison.Ordinal);
        }));
    }

    [Fact]
    public async Task Text_LetIn_IsLoggedAtTraceOnly()
    {
        var records = await TalkAsync(isStreamed: true, options => options.EnableSensitiveData = true);

        var withText = records.Where(record => Secrets.Any(secret => record.Message.Contains(secret, StringComparison.Ordinal))).ToList();
        Assert.All(withText, record => Assert.Equal(LogLevel.Trace, record.Level));
        Assert.All(Secrets, secret => Assert.Contains(withText, record => record.Message.Contains(secret, StringComparison.Ordinal)));
        Assert.Contains(withText, record => record.Message.Contains("<|start_header_id|>user<|end_header_id|>", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Figures_AreLoggedAtDebug()
    {
        var records = await TalkAsync(isStreamed: false, options => options.ModelId = "ship-model");

        var figures = records.Where(record => record is { Level: LogLevel.Debug, Category: "LlamaFp4.Provider.LlamaFp4ChatClient" }).ToList();
        Assert.Contains(figures, record => record.Message.EndsWith(" tokens, with 1 tools", StringComparison.Ordinal));
        Assert.Contains(figures, record => record.Message.Contains("ended by tool_calls after ", StringComparison.Ordinal));
        Assert.Contains(figures, record => record.Message.Contains("ended by stop after ", StringComparison.Ordinal));
    }

    private static async Task<IReadOnlyList<FakeLogRecord>> TalkAsync(bool isStreamed, Action<LlamaFp4Options> configure)
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddFakeLogging());
        services.AddLlamaFp4ChatClient(_ => ScriptedTokenSession.Saying(TinyTokenizer.Create(), Call, "On Thursday."), configure)
            .UseFunctionInvocation().UseOpenTelemetry();
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        ChatOptions options = new() { Instructions = "You are the Bosun.", Tools = [AIFunctionFactory.Create((string name) => "Mombasa", "find_ship")] };

        _ = isStreamed
            ? await client.GetStreamingResponseAsync("When does it reach Zanzibar?", options, CancellationToken).ToChatResponseAsync(CancellationToken)
            : await client.GetResponseAsync("When does it reach Zanzibar?", options, CancellationToken);

        // What middleware logs is middleware's own choice.
        return [.. provider.GetFakeLogCollector().GetSnapshot().Where(record => record.Category!.StartsWith("LlamaFp4", StringComparison.Ordinal))];
    }
}
