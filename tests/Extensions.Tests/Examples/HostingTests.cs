#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Telemetry;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/hosting.md and docs/telemetry.md, compiled and run. <see cref="DocumentationTests"/> compares the text.</summary>
public class HostingTests
{
    [Fact]
    public void A_pipeline_is_chained()
    {
        var services = new ServiceCollection();

        services.AddLlamaFp4ChatClient().UseFunctionInvocation().UseOpenTelemetry();

        using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        Assert.NotNull(client.GetService<FunctionInvokingChatClient>());
        Assert.NotNull(client.GetService<OpenTelemetryChatClient>());
    }

    [Fact]
    public void A_host_takes_two_steps()
    {
        var builder = Host.CreateApplicationBuilder();

        builder.AddLlamaFp4("chat").AddChatClient().UseFunctionInvocation();

        using var host = builder.Build();
        Assert.NotNull(host.Services.GetRequiredService<IChatClient>().GetService<OpenTelemetryChatClient>());
    }

    [Fact]
    public void An_endpoint_is_named_in_code()
    {
        var services = new ServiceCollection();

        services.AddLlamaFp4ChatClient(options => options.UseTensorRtLlm("/models/Llama-3.1-405B-Instruct-FP4", new Uri("smg://blackwell:50051")));

        using var provider = services.BuildServiceProvider();
        var failure = Assert.Throws<OptionsValidationException>(() => provider.GetRequiredService<IChatClient>());
        Assert.StartsWith("LlamaFp4:Model is '/models/Llama-3.1-405B-Instruct-FP4', but there is no directory", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_model_is_loaded_ahead()
    {
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient();

        await using var provider = services.BuildServiceProvider();
        var session = await provider.LoadLlamaFp4Async();

        Assert.IsType<CpuSession>(session);
    }

    [Fact]
    public async Task Health_is_served_over_http()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.AddLlamaFp4("chat", options => options.Loading = ModelLoading.BeforeStart).AddChatClient();
        await using var app = builder.Build();

        app.MapHealthChecks("/health/live", new() { Predicate = check => check.Tags.Contains("live") });
        app.MapHealthChecks("/health/ready", new() { Predicate = check => check.Tags.Contains("ready") });

        await app.StartAsync();
        using var browser = new HttpClient { BaseAddress = new Uri(app.Urls.Single()) };
        Assert.Equal("Healthy", await browser.GetStringAsync(new Uri("/health/live", UriKind.Relative)));
        Assert.Equal("Healthy", await browser.GetStringAsync(new Uri("/health/ready", UriKind.Relative)));
        await app.StopAsync();
    }

    [Fact]
    public async Task Telemetry_arrives_in_a_collector()
    {
        await using var collector = await Collector.StartAsync();
        var builder = Host.CreateApplicationBuilder();
        builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] = collector.Endpoint;
        builder.Configuration["OTEL_EXPORTER_OTLP_PROTOCOL"] = "http/protobuf";
        builder.AddLlamaFp4("chat", options => options.MaxOutputTokens = 1).AddChatClient();

        builder.Services.AddOpenTelemetry()
            .WithTracing(tracing => tracing.AddSource("Experimental.Microsoft.Extensions.AI", LlamaFp4Telemetry.ActivitySourceName).AddOtlpExporter())
            .WithMetrics(metrics => metrics.AddMeter("Experimental.Microsoft.Extensions.AI", LlamaFp4Telemetry.MeterName).AddOtlpExporter());

        using var host = builder.Build();
        await host.StartAsync();
        await host.Services.GetRequiredService<IChatClient>().GetResponseAsync("Hello!");
        host.Services.GetRequiredService<TracerProvider>().ForceFlush();
        host.Services.GetRequiredService<MeterProvider>().ForceFlush();
        await host.StopAsync();
        Assert.True(collector.Has("/v1/traces", "chat llamafp4-pocket"));
        Assert.True(collector.Has("/v1/traces", "llamafp4.prefill"));
        Assert.True(collector.Has("/v1/metrics", "gen_ai.client.token.usage"));
        Assert.True(collector.Has("/v1/metrics", "llamafp4.prefix_cache.hit_tokens"));
    }
}
