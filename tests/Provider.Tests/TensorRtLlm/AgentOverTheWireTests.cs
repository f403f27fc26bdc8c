using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Provider.Tests.Conformance;
using LlamaFp4.StandIns;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.TensorRtLlm;

/// <summary>The whole chain: agent, client, session, wire, server, engine.</summary>
public sealed class AgentOverTheWireTests
{
    private static readonly string Checkpoint = RepositoryFiles.PathOf("models", "pocket");

    public static TheoryData<StandInProtocol> Wires => [StandInProtocol.Smg, StandInProtocol.OpenEngine];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task Agent_calls_a_tool_and_answers_from_its_result(StandInProtocol wire)
    {
        using var engine = PocketSession.Load();
        await using var server = await StandInServer.StartAsync(wire, engine);
        using var session = await ConnectAsync(server);
        var (here, there) = (new WeatherStation(), new WeatherStation());

        var expected = await AskAsync(engine, here);
        var response = await AskAsync(session, there);

        Assert.NotEmpty(there.Cities);
        Assert.Equal(here.Cities, there.Cities);
        Assert.Equal(expected.Text, response.Text);
        Assert.Equal(expected.Usage!.InputTokenCount, response.Usage!.InputTokenCount);
        Assert.Equal(expected.Usage.OutputTokenCount, response.Usage.OutputTokenCount);
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task Required_call_is_enforced_by_the_server(StandInProtocol wire)
    {
        using var engine = PocketSession.Load();
        await using var server = await StandInServer.StartAsync(wire, engine);
        using var client = new LlamaFp4ChatClient(await ConnectAsync(server));
        var options = new WeatherStation().Options();
        (options.ToolMode, options.MaxOutputTokens, options.Temperature) = (ChatToolMode.RequireAny, 200, 0);

        var response = await client.GetResponseAsync("Hello", options, Cancellation);

        Assert.Single(response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>());
    }

    [Theory]
    [MemberData(nameof(Wires))]
    public async Task Stop_string_stops_the_server(StandInProtocol wire)
    {
        using var engine = PocketSession.Load();
        var tokenIds = engine.Tokenizer.Encode("one two three four five six seven eight nine ten");
        var replay = new ReplaySession(engine.Tokenizer, engine.Model, tokenIds);
        await using var server = await StandInServer.StartAsync(wire, replay, new StandInBehaviour
        {
            BeforeMessage = (sent, stop) => sent < tokenIds.Length ? Task.CompletedTask : Task.Delay(Timeout.Infinite, stop),
        });
        using var client = new LlamaFp4ChatClient(await ConnectAsync(server));
        await server.NextRequestAsync(Cancellation);

        var response = await client.GetResponseAsync("Count", new ChatOptions { StopSequences = [" four"], MaxOutputTokens = 500 }, Cancellation);

        Assert.Equal("one two three", response.Text);
        var request = await server.NextRequestAsync(Cancellation);
        Assert.NotEqual(StandInEnd.Complete, await request.Ended.WaitAsync(Cancellation));
    }

    private static Task<ChatResponse> AskAsync(ITokenSession session, WeatherStation station)
    {
        var options = station.Options();
        (options.Temperature, options.MaxOutputTokens) = (0, 200);
        var agent = session.AsIChatClient().AsBuilder().UseFunctionInvocation().Build();
        return agent.GetResponseAsync(WeatherStation.Question, options, Cancellation);
    }

    private static Task<TensorRtLlmSession> ConnectAsync(StandInServer server)
    {
        var options = new TensorRtLlmOptions { CheckpointDirectory = Checkpoint };
        options.Endpoints.Add(server.Endpoint);
        return TensorRtLlmSession.ConnectAsync(options, Cancellation);
    }
}
