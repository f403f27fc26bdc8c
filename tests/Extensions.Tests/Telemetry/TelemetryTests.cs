using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using LlamaFp4.Native.Sessions;
using LlamaFp4.PocketModel;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace LlamaFp4.Extensions.Tests.Telemetry;

/// <summary>Spans and metrics as an application collects them, from the middleware's down to the engine's.</summary>
public sealed class TelemetryTests : IDisposable
{
    // A name of its own tells this model's measurements from those of tests beside.
    private readonly DirectoryInfo _model = Directory.CreateTempSubdirectory("telemetry-");

    public TelemetryTests()
    {
        foreach (var file in Directory.EnumerateFiles(PocketCheckpoint.DirectoryPath))
        {
            File.CreateSymbolicLink(Path.Combine(_model.FullName, Path.GetFileName(file)), file);
        }
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_tool_round_is_a_tree_of_spans_from_the_question_down_to_the_engine()
    {
        using var collected = new Collected();
        await AskForTheWeatherAsync();

        var spans = collected.Spans;

        var root = Assert.Single(spans, span => span.DisplayName == "orchestrate_tools");
        var rounds = spans.Where(span => span.ParentSpanId == root.SpanId).ToList();
        Assert.Equal([$"chat {_model.Name}", "execute_tool get_weather", $"chat {_model.Name}"], rounds.Select(span => span.DisplayName));
        Assert.All([rounds[0], rounds[2]], chat =>
        {
            var engine = Assert.Single(spans, span => span.ParentSpanId == chat.SpanId);
            Assert.Equal("llamafp4.generate", engine.DisplayName);
            Assert.Equal(
                ["llamafp4.queue", "llamafp4.prefill", "llamafp4.decode"],
                spans.Where(span => span.ParentSpanId == engine.SpanId).Select(span => span.DisplayName));
        });
    }

    [Fact]
    public async Task The_span_of_a_request_is_complete()
    {
        using var collected = new Collected();
        var usage = await AskForTheWeatherAsync();

        var chats = collected.Spans.Where(span => span.DisplayName == $"chat {_model.Name}").ToList();

        Assert.All(chats, span =>
        {
            Assert.Equal("chat", span.GetTagItem("gen_ai.operation.name"));
            Assert.Equal("llamafp4", span.GetTagItem("gen_ai.provider.name"));
            Assert.Equal("127.0.0.1", span.GetTagItem("server.address"));
            Assert.Equal(80, span.GetTagItem("server.port"));
            Assert.Equal(_model.Name, span.GetTagItem("gen_ai.request.model"));
            Assert.Equal(_model.Name, span.GetTagItem("gen_ai.response.model"));
            Assert.StartsWith("resp_", (string)span.GetTagItem("gen_ai.response.id")!, StringComparison.Ordinal);
            Assert.InRange(Number(span, "gen_ai.response.time_to_first_chunk"), 0, 60);
        });
        Assert.Equal(["""["tool_calls"]""", """["stop"]"""], chats.Select(span => span.GetTagItem("gen_ai.response.finish_reasons")));
        Assert.Equal(usage.InputTokenCount, chats.Sum(span => (long)Number(span, "gen_ai.usage.input_tokens")));
        Assert.Equal(usage.OutputTokenCount, chats.Sum(span => (long)Number(span, "gen_ai.usage.output_tokens")));
        Assert.Equal(0, Number(chats[0], "gen_ai.usage.cache_read.input_tokens"));
        Assert.Equal(usage.CachedInputTokenCount, (long)Number(chats[1], "gen_ai.usage.cache_read.input_tokens"));
        Assert.InRange(usage.CachedInputTokenCount!.Value, 100, usage.InputTokenCount!.Value);
    }

    [Fact]
    public async Task Metrics_tell_tokens_times_and_what_only_the_engine_sees()
    {
        using var collected = new Collected();
        var usage = await AskForTheWeatherAsync();

        var metrics = collected.MetricsOf(_model.Name);

        Assert.Equal(2, metrics["gen_ai.client.operation.duration"].Count);
        Assert.Equal(2, metrics["gen_ai.client.operation.time_to_first_chunk"].Count);
        Assert.Contains("gen_ai.client.operation.time_per_output_chunk", metrics.Keys);
        Assert.Contains("gen_ai.client.token.usage", metrics.Keys);
        Assert.Equal(2, metrics["llamafp4.requests"].Sum);
        Assert.Equal(2, metrics["llamafp4.queue.duration"].Count);
        Assert.Equal(2, metrics["llamafp4.prefill.duration"].Count);
        Assert.Equal(2, metrics["llamafp4.decode.duration"].Count);
        Assert.Equal(2, metrics["llamafp4.decode.rate"].Count);
        Assert.Equal((double)usage.InputTokenCount!.Value, metrics["llamafp4.prompt.tokens"].Sum);
        Assert.Equal((double)usage.OutputTokenCount!.Value, metrics["llamafp4.completion.tokens"].Sum);
        Assert.Equal((double)usage.CachedInputTokenCount!.Value, metrics["llamafp4.prefix_cache.hit_tokens"].Sum);
        Assert.Equal(metrics["llamafp4.step.duration"].Count, metrics["llamafp4.batch.size"].Count);
        Assert.Equal(1, metrics["llamafp4.load.duration"].Count);

        // The model may be loaded before the request has to wait; then nobody ever did.
        Assert.Equal(0, metrics.GetValueOrDefault("llamafp4.load.waiting").Sum);
    }

    [Fact]
    public async Task A_failed_load_says_why()
    {
        using var collected = new Collected();
        var empty = Directory.CreateTempSubdirectory("telemetry-empty-");
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(options => options.Model = empty.FullName);
        await using var provider = services.BuildServiceProvider();

        await Assert.ThrowsAsync<SessionUnavailableException>(() => provider.LoadLlamaFp4Async(cancellationToken: CancellationToken));

        var span = Assert.Single(collected.AllSpans, span => Equals(span.GetTagItem("gen_ai.request.model"), empty.Name));
        Assert.Equal("llamafp4.load", span.DisplayName);
        Assert.Equal(ActivityStatusCode.Error, span.Status);
        Assert.Equal("LlamaFp4.Native.Checkpoint.CheckpointException", span.GetTagItem("error.type"));
        Assert.Equal(1, collected.MetricsOf(empty.Name)["llamafp4.load.duration"].Count);
        empty.Delete();
    }

    [Fact]
    public async Task A_remote_session_is_named_by_its_address()
    {
        using var collected = new Collected();
        var session = new ScriptedTokenSession(TinyTokenizer.Create(), ScriptedAnswer.Of(TinyTokenizer.Create(), "Hello!"))
        {
            Model = ScriptedTokenSession.CreateModel(endpoint: new Uri("http://blackwell.example:8001/")),
        };
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(_ => session).UseOpenTelemetry();
        await using var provider = services.BuildServiceProvider();

        await provider.GetRequiredService<IChatClient>().GetResponseAsync("Hello!", cancellationToken: CancellationToken);

        var span = Assert.Single(collected.Spans, span => span.DisplayName == "chat scripted-model");
        Assert.Equal("blackwell.example", span.GetTagItem("server.address"));
        Assert.Equal(8001, span.GetTagItem("server.port"));
    }

    public void Dispose() => _model.Delete(recursive: true);

    private async Task<UsageDetails> AskForTheWeatherAsync()
    {
        var builder = Host.CreateEmptyApplicationBuilder(new HostApplicationBuilderSettings());
        builder.AddLlamaFp4("chat", options => (options.Model, options.Temperature) = (_model.FullName, 0)).AddChatClient().UseFunctionInvocation();
        using var host = builder.Build();
        await host.StartAsync(CancellationToken);
        var tool = AIFunctionFactory.Create(GetWeather, "get_weather");

        var updates = host.Services.GetRequiredService<IChatClient>()
            .GetStreamingResponseAsync("What is the weather in Nairobi?", new ChatOptions { Tools = [tool] }, CancellationToken);
        var response = await updates.ToChatResponseAsync(CancellationToken);

        Assert.Contains("windy", response.Text, StringComparison.Ordinal);
        await host.StopAsync(CancellationToken);
        return response.Usage!;

        [Description("Gets the current weather for a city")]
        static string GetWeather([Description("Name of the city")] string city) => "23 degrees and windy";
    }

    private static double Number(Activity span, string tag) => Convert.ToDouble(span.GetTagItem(tag), CultureInfo.InvariantCulture);
}
