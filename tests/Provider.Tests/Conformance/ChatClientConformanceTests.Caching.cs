using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Caching.Distributed;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>Responses that go through a distributed cache, counted in requests that reach the client.</content>
public abstract partial class ChatClientConformanceTests
{
    private readonly IDistributedCache _cache = new MemoryDistributedCache(Options.Create(new MemoryDistributedCacheOptions()));

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cache_SameQuestion_IsAHitAndAnotherAMiss(bool isStreamed)
    {
        using ObservedChatClient observed = new(CreateChatClient("Hello there!"));
        using var client = observed.AsBuilder().UseDistributedCache(_cache).Build();
        ChatOptions options = new() { MaxOutputTokens = 40 };

        var first = await client.RespondAsync("Hello", isStreamed, options);
        var again = await client.RespondAsync("Hello", isStreamed, options);
        Assert.Single(observed.Requests);
        await client.RespondAsync("Good morning", isStreamed, options);
        var once = await client.RespondAsync("Hello", isStreamed, options);

        Assert.Equal(2, observed.Requests.Count);
        Assert.Equal(ToJson(first), ToJson(again));
        Assert.Equal(ToJson(first), ToJson(once));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cache_BeforeFunctionInvocation_SavesTheWholeRound(bool isStreamed)
    {
        WeatherStation station = new();
        using ObservedChatClient observed = new(CreateChatClient(WeatherStation.Call, WeatherStation.Answer));
        using var client = observed.AsBuilder().UseDistributedCache(_cache).UseFunctionInvocation().Build();

        var first = await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());
        Assert.Equal(2, observed.Requests.Count);
        var again = await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());

        Assert.Equal(2, observed.Requests.Count);
        Assert.Single(station.Cities);
        Assert.Equal(first.Text, again.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cache_AfterFunctionInvocation_RunsTheToolAgainButNotTheModel(bool isStreamed)
    {
        WeatherStation station = new();
        using ObservedChatClient observed = new(CreateChatClient(WeatherStation.Call, WeatherStation.Answer));
        using var client = observed.AsBuilder().UseFunctionInvocation().UseDistributedCache(_cache).Build();

        var first = await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());
        var again = await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());

        Assert.Equal(2, observed.Requests.Count);
        Assert.Equal(2, station.Cities.Count);
        Assert.Equal(first.Text, again.Text);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cache_AfterFunctionInvocation_AnotherResultCostsOneRequest(bool isStreamed)
    {
        WeatherStation station = new();
        using ObservedChatClient observed = new(CreateChatClient(WeatherStation.Call, WeatherStation.Answer));
        using var client = observed.AsBuilder().UseFunctionInvocation().UseDistributedCache(_cache).Build();

        await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());
        station.Report = "6 degrees and snowy";
        await client.RespondAsync(WeatherStation.Question, isStreamed, station.Options());

        Assert.Equal(3, observed.Requests.Count);
        Assert.Equal(2, station.Cities.Count);
    }

    private static string ToJson(ChatResponse response) => JsonSerializer.Serialize(response, AIJsonUtilities.DefaultOptions);
}
