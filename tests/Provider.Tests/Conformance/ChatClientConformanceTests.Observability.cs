using System.Diagnostics;
using System.Globalization;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>What logging and OpenTelemetry middleware see.</content>
public abstract partial class ChatClientConformanceTests
{
    private readonly FakeLogCollector _logs = new();

    [Fact]
    public async Task Logging_Buffered_HasAnEntryForQuestionAndAnswer()
    {
        using var loggers = CreateLoggers();
        using var client = CreateChatClient("Hello there!").AsBuilder().UseLogging(loggers).Build();

        var response = await client.AskAsync("Good morning to you");

        var entries = _logs.GetSnapshot();
        Assert.Equal(2, entries.Count);
        Assert.Contains("Good morning to you", entries[0].Message, StringComparison.Ordinal);
        Assert.Contains(response.Messages[0].MessageId!, entries[1].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logging_Streamed_HasQuestionAndEveryUpdate()
    {
        using var loggers = CreateLoggers();
        using var client = CreateChatClient("Hello there!").AsBuilder().UseLogging(loggers).Build();

        var updates = await client.StreamAsync("Good morning to you");

        var entries = _logs.GetSnapshot();
        Assert.Contains("Good morning to you", entries[0].Message, StringComparison.Ordinal);
        Assert.Equal(updates.Count, entries.Count(entry => entry.Message.Contains(updates[0].MessageId!, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Logging_OfAToolRound_HasFourEntries()
    {
        using var loggers = CreateLoggers();
        using var client = CreateChatClient(WeatherStation.Call, WeatherStation.Answer).AsBuilder().UseFunctionInvocation().UseLogging(loggers).Build();

        await client.AskAsync(WeatherStation.Question, new WeatherStation().Options());

        var entries = _logs.GetSnapshot();
        Assert.Equal(4, entries.Count);
        Assert.Contains("Nairobi", entries[0].Message, StringComparison.Ordinal);
        Assert.Contains("GetWeather", entries[1].Message, StringComparison.Ordinal);
        Assert.Contains("23 degrees and windy", entries[2].Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Logging_OfAToolRoundStreamed_HasQuestionCallAndResult()
    {
        using var loggers = CreateLoggers();
        using var client = CreateChatClient(WeatherStation.Call, WeatherStation.Answer).AsBuilder().UseFunctionInvocation().UseLogging(loggers).Build();

        await client.StreamAsync(WeatherStation.Question, new WeatherStation().Options());

        var messages = _logs.GetSnapshot().Select(entry => entry.Message).ToList();
        Assert.Contains(messages, message => message.Contains(WeatherStation.Question, StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Contains("\"GetWeather\"", StringComparison.Ordinal));
        Assert.Contains(messages, message => message.Contains("23 degrees and windy", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task OpenTelemetry_HasASpanAndMetrics(bool isStreamed)
    {
        var source = $"conformance-{Guid.NewGuid()}";
        List<Activity> spans = [];
        List<Metric> metrics = [];
        using var tracing = Sdk.CreateTracerProviderBuilder().AddSource(source).AddInMemoryExporter(spans).Build();
        using var metering = Sdk.CreateMeterProviderBuilder().AddMeter(source).AddInMemoryExporter(metrics).Build();
        using var client = CreateChatClient("Hello there!").AsBuilder().UseOpenTelemetry(sourceName: source).Build();

        var response = await client.RespondAsync("Hello", isStreamed);

        metering.ForceFlush();
        var metadata = client.GetService<ChatClientMetadata>()!;
        var span = Assert.Single(spans);
        Assert.StartsWith("chat", span.DisplayName, StringComparison.Ordinal);
        Assert.Contains('.', (string)span.GetTagItem("server.address")!);
        Assert.Equal(metadata.ProviderUri!.Port, span.GetTagItem("server.port"));
        Assert.Equal("llamafp4", span.GetTagItem("gen_ai.provider.name"));
        Assert.Equal(response.ResponseId, span.GetTagItem("gen_ai.response.id"));
        Assert.Equal(response.ModelId, span.GetTagItem("gen_ai.response.model"));
        Assert.Equal(response.Usage!.InputTokenCount, Convert.ToInt64(span.GetTagItem("gen_ai.usage.input_tokens"), CultureInfo.InvariantCulture));
        Assert.Equal(response.Usage.OutputTokenCount, Convert.ToInt64(span.GetTagItem("gen_ai.usage.output_tokens"), CultureInfo.InvariantCulture));
        Assert.Superset(new HashSet<string> { "gen_ai.client.token.usage", "gen_ai.client.operation.duration" }, metrics.Select(metric => metric.Name).ToHashSet());
    }

    private ILoggerFactory CreateLoggers() =>
        LoggerFactory.Create(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(new FakeLoggerProvider(_logs)));
}
