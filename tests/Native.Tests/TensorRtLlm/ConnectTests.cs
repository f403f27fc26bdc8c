using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

public sealed class ConnectTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(StandInProtocol.Smg, "tensorrt-llm", "1.3.0rc27")]
    [InlineData(StandInProtocol.OpenEngine, "tensorrt_llm", "1.3.0rc29")]
    public async Task Model_IsWhatTheServerAndTheCheckpointSay(StandInProtocol wire, string engine, string version)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { ContextLength = 300 });

        var session = await model.ConnectAsync(server);

        Assert.Equal((engine, version), (session.Model.EngineName, session.Model.EngineVersion));
        Assert.Equal("replay", session.Model.ModelId);
        Assert.Equal(300, session.Model.ContextLength);
        Assert.Equal(265, session.Model.VocabularySize);
        Assert.Equal([1, 2, 3], session.Model.StopTokenIds);
        Assert.Equal(server.Endpoint, session.Model.Endpoint);
        Assert.Equal("TP 8, PP 1", session.Model.Device);
    }

    [Theory]
    [InlineData(StandInProtocol.Http, null, 200, 200)]
    [InlineData(StandInProtocol.Http, null, 1000, 512)]
    [InlineData(StandInProtocol.Http, null, null, 512)]
    [InlineData(StandInProtocol.Smg, 300, 200, 200)]
    [InlineData(StandInProtocol.Smg, 300, 400, 300)]
    public async Task ContextLength_IsTheNarrowestOfServerOptionAndCheckpoint(StandInProtocol wire, int? told, int? configured, int expected)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { ContextLength = told });

        var session = await model.ConnectAsync(options => options.ContextLength = configured, server);

        Assert.Equal(expected, session.Model.ContextLength);
        Assert.Throws<ContextLengthExceededException>(() => session.GenerateAsync(new GenerationRequest { PromptTokenIds = new int[expected + 1] }, Cancellation));
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task ContextLength_OfAServerStartedWithoutOne_IsTheCheckpoints(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);

        var session = await model.ConnectAsync(await model.ServeAsync(new StandInBehaviour { LacksContextLength = true }));

        Assert.Equal(ServedModel.ContextLength, session.Model.ContextLength);
    }

    [Theory]
    [InlineData(StandInProtocol.Smg, SessionFeatures.None)]
    [InlineData(StandInProtocol.OpenEngine, SessionFeatures.CacheSalt)]
    public async Task Features_AreThoseOfTheWire(StandInProtocol wire, SessionFeatures additional)
    {
        await using var model = new ServedModel(wire);

        var session = await model.ConnectAsync(await model.ServeAsync());

        Assert.Equal(
            additional | SessionFeatures.LogProbabilities | SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.RegexGuide
                | SessionFeatures.ChoiceGuide | SessionFeatures.EbnfGuide | SessionFeatures.ToolCallGuide,
            session.Model.Features);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task ServerThatDoesNotEnforceGuides_IsUsedWithoutThem(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);

        var session = await model.ConnectAsync(await model.ServeAsync(new StandInBehaviour { IgnoresGuides = true }));

        var exception = Assert.Throws<FeatureNotSupportedException>(
            () => session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, Guide = new JsonGuide() }, Cancellation));
        Assert.Contains("JsonGuide", exception.Message, StringComparison.Ordinal);
        Assert.Equal(3, (await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation)).TokenIds.Count);
    }

    [Fact]
    public async Task OpenEngineServerWithoutControl_IsUsedUnasked()
    {
        await using var model = new ServedModel(StandInProtocol.OpenEngine);

        var session = await model.ConnectAsync(await model.ServeAsync(new StandInBehaviour { LacksControl = true }));

        Assert.Equal((512, "unknown"), (session.Model.ContextLength, session.Model.EngineVersion));
        Assert.Equal(3, (await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation)).TokenIds.Count);
    }

    [Fact]
    public async Task GuidesThatAreTrusted_AreNotTried()
    {
        await using var model = new ServedModel(StandInProtocol.Smg);
        var server = await model.ServeAsync(new StandInBehaviour { IgnoresGuides = true });

        var session = await model.ConnectAsync(options => options.VerifyGuides = false, server);

        Assert.True(session.Model.Features.HasFlag(SessionFeatures.JsonSchemaGuide));
    }

    [Theory]
    [InlineData(StandInProtocol.Smg, "LogitBias")]
    [InlineData(StandInProtocol.OpenEngine, "LogitBias")]
    [InlineData(StandInProtocol.Smg, "CacheSalt")]
    [InlineData(StandInProtocol.Smg, "Priority")]
    [InlineData(StandInProtocol.OpenEngine, "Priority")]
    public async Task WhatTheWireCannotCarry_IsRefusedByNameAtTheCall(StandInProtocol wire, string feature)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        var session = await model.ConnectAsync(server);
        var request = new GenerationRequest
        {
            PromptTokenIds = ServedModel.Prompt,
            LogitBias = feature == "LogitBias" ? new Dictionary<int, float> { [7] = 1 } : null,
            CacheSalt = feature == "CacheSalt" ? "tenant" : null,
            Priority = feature == "Priority" ? 1 : 0,
        };

        var exception = Assert.Throws<FeatureNotSupportedException>(() => session.GenerateAsync(request, Cancellation));

        Assert.Contains(feature, exception.Message, StringComparison.Ordinal);
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task MoreStopTokensThanOpenEngineTakes_AreRefused()
    {
        await using var model = new ServedModel(StandInProtocol.OpenEngine);
        var session = await model.ConnectAsync(await model.ServeAsync());

        var exception = Assert.Throws<FeatureNotSupportedException>(
            () => session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, StopTokenIds = [.. Enumerable.Range(1, 65)] }, Cancellation));

        Assert.Contains("at most 64", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task MoreAlternativesThanOpenEngineGives_AreRefused()
    {
        await using var model = new ServedModel(StandInProtocol.OpenEngine);
        var session = await model.ConnectAsync(await model.ServeAsync());

        var exception = Assert.Throws<FeatureNotSupportedException>(
            () => session.GenerateAsync(new GenerationRequest { PromptTokenIds = ServedModel.Prompt, LogProbabilities = 9 }, Cancellation));

        Assert.Contains("at most 8", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WrongVocabulary_IsAnErrorThatNamesServerAndCheckpoint()
    {
        await using var model = new ServedModel(StandInProtocol.Smg);
        var server = await model.ServeAsync(new StandInBehaviour { VocabularySize = 32_000 });

        var exception = await Assert.ThrowsAsync<CheckpointException>(() => model.ConnectAsync(server));

        Assert.Contains(server.Endpoint.OriginalString, exception.Message, StringComparison.Ordinal);
        Assert.Contains(model.Directory, exception.Message, StringComparison.Ordinal);
        Assert.Contains("32000", exception.Message, StringComparison.Ordinal);
        Assert.Contains("265", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task VocabularyWithoutAddedTokens_IsTheSameModel()
    {
        await using var model = new ServedModel(StandInProtocol.Smg);

        await model.ConnectAsync(await model.ServeAsync(new StandInBehaviour { VocabularySize = 256 }));
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task LongerContextThanTheCheckpoints_IsAnErrorThatNamesServerAndCheckpoint(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { ContextLength = 513 });

        var exception = await Assert.ThrowsAsync<CheckpointException>(() => model.ConnectAsync(server));

        Assert.Contains(server.Endpoint.OriginalString, exception.Message, StringComparison.Ordinal);
        Assert.Contains("513", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.All), MemberType = typeof(Wires))]
    public async Task NobodyThere_IsUnavailable(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();
        await server.GoAwayAsync();

        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => model.ConnectAsync(server));

        Assert.Contains(server.Endpoint.OriginalString, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Wires.Grpc), MemberType = typeof(Wires))]
    public async Task UnwellServer_IsUnavailableWithItsOwnWords(StandInProtocol wire)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync(new StandInBehaviour { Illness = "Executor is unhealthy" });

        var exception = await Assert.ThrowsAsync<SessionUnavailableException>(() => model.ConnectAsync(server));

        Assert.Contains("Executor is unhealthy", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(StandInProtocol.Smg, "1.3.0rc27")]
    [InlineData(StandInProtocol.OpenEngine, "1.3.0rc29")]
    [InlineData(StandInProtocol.Http, "1.2.1")]
    public async Task SchemeThatLeavesItOpen_IsFoundOutByAsking(StandInProtocol wire, string version)
    {
        await using var model = new ServedModel(wire);
        var server = await model.ServeAsync();

        using var session = await TensorRtLlmSession.ConnectAsync(model.Options(_ => { }, server.HttpEndpoint), Cancellation);

        Assert.Equal(version, session.Model.EngineVersion);
        Assert.Equal(3, (await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation)).TokenIds.Count);
    }

    [Theory]
    [InlineData("ftp://host:1")]
    [InlineData("smg://host:1/path")]
    [InlineData("smg://user@host:1")]
    [InlineData("openengine://host:1?query")]
    [InlineData("host:8000")]
    [InlineData("openengine://host:1", TensorRtLlmTransport.Smg)]
    public async Task EndpointThatMeansNothing_IsRefusedAtTheCall(string endpoint, TensorRtLlmTransport transport = TensorRtLlmTransport.Auto)
    {
        await using var model = new ServedModel(StandInProtocol.Smg);

        var exception = await Assert.ThrowsAsync<ArgumentException>(
            () => TensorRtLlmSession.ConnectAsync(model.Options(options => options.Transport = transport, new Uri(endpoint, UriKind.RelativeOrAbsolute)), Cancellation));

        Assert.Contains(endpoint, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("smg://host", "http://host:8000/", TensorRtLlmTransport.Smg)]
    [InlineData("smgs://host:50051", "https://host:50051/", TensorRtLlmTransport.Smg)]
    [InlineData("openengine://[::1]:7", "http://[::1]:7/", TensorRtLlmTransport.OpenEngine)]
    [InlineData("openengines://host:7/", "https://host:7/", TensorRtLlmTransport.OpenEngine)]
    [InlineData("http://host:8000/engine", "http://host:8000/engine/", TensorRtLlmTransport.Auto)]
    public void Endpoint_IsTakenApart(string endpoint, string httpUri, TensorRtLlmTransport transport)
    {
        var address = ServerAddress.Parse(new Uri(endpoint), TensorRtLlmTransport.Auto);

        Assert.Equal(httpUri, address.HttpUri.AbsoluteUri);
        Assert.Equal(transport, address.Transport);
    }
}
