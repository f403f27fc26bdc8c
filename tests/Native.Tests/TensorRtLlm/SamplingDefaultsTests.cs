using System.Text.Json.Nodes;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>What a request leaves open is the checkpoint's on every wire, whatever the server would do of itself.</summary>
public sealed class SamplingDefaultsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task RequestThatLeavesSamplingOpen_IsSentWithTheCheckpoints(StandInProtocol wire)
    {
        var sent = await SendAsync(wire, """{ "do_sample": true, "temperature": 0.75, "top_p": 0.5, "top_k": 50 }""");

        Assert.Equal((0.75, 0.5, 50), sent);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task CheckpointWithoutGenerationConfig_IsGreedy(StandInProtocol wire)
    {
        var sent = await SendAsync(wire, generationConfig: null);

        Assert.Equal((0, 1, 0), sent);
    }

    // A server that was started with generation_config=auto would take the checkpoint's 50 for what is left out.
    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task TopKOfZero_IsSentAndNotLeftToTheServer(StandInProtocol wire)
    {
        var sent = await SendAsync(
            wire, """{ "do_sample": true, "temperature": 0.75, "top_p": 0.5, "top_k": 50 }""", new SamplingParameters { TopK = 0 });

        Assert.Equal((0.75, 0.5, 0), sent);
    }

    private static async Task<(double Temperature, double TopP, int? TopK)> SendAsync(StandInProtocol wire, string? generationConfig, SamplingParameters? sampling = null)
    {
        await using var model = new ServedModel(wire);
        var file = Path.Combine(model.Directory, "generation_config.json");
        File.Delete(file);
        if (generationConfig is not null)
        {
            await File.WriteAllTextAsync(file, generationConfig, Cancellation);
        }

        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        var request = new GenerationRequest { PromptTokenIds = ServedModel.Prompt, MaxNewTokens = 1, Sampling = sampling ?? new SamplingParameters() };
        await Collected.FromAsync(session.GenerateAsync(request, Cancellation), Cancellation);

        var json = JsonNode.Parse(server.Requests[^1].Json)!;
        var (fields, topP, topK) = wire switch
        {
            StandInProtocol.Smg => (json["samplingConfig"]!, "topP", "topK"),
            StandInProtocol.OpenEngine => (json["sampling"]!, "topP", "topK"),
            _ => (json, "top_p", "top_k"),
        };
        return ((double)fields["temperature"]!, (double)fields[topP]!, (int?)fields[topK]);
    }
}
