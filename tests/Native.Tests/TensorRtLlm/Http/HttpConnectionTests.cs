using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;
using Microsoft.AspNetCore.Http;

namespace LlamaFp4.Native.Tests.TensorRtLlm.Http;

public sealed class HttpConnectionTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connect_TellsWhatTheServerIs()
    {
        await using var model = new ServedModel(StandInProtocol.Http);

        var session = await model.ConnectAsync(await model.ServeAsync());

        Assert.Equal("replay", session.Model.ModelId);
        Assert.Equal("tensorrt-llm", session.Model.EngineName);
        Assert.Equal("1.2.1", session.Model.EngineVersion);
        Assert.Equal(
            SessionFeatures.LogProbabilities | SessionFeatures.LogitBias | SessionFeatures.JsonGuide | SessionFeatures.JsonSchemaGuide | SessionFeatures.RegexGuide
            | SessionFeatures.ChoiceGuide | SessionFeatures.EbnfGuide | SessionFeatures.ToolCallGuide,
            session.Model.Features);
    }

    [Fact]
    public async Task Connect_SchemeOnly_FindsOutThatItIsHttp()
    {
        await using var model = new ServedModel(StandInProtocol.Http);
        var server = await model.ServeAsync();

        using var session = await TensorRtLlmSession.ConnectAsync(model.Options(_ => { }, server.HttpEndpoint), Cancellation);

        Assert.Equal("tensorrt-llm", session.Model.EngineName);
    }

    [Theory]
    [InlineData(400, """{"object":"error","message":"bad value","type":"BadRequestError","param":null,"code":400}""", typeof(GenerationFailedException), "answered 400: bad value")]
    [InlineData(400, """{"error":"[{'type': 'extra_forbidden'}]"}""", typeof(GenerationFailedException), "answered 400: [{'type': 'extra_forbidden'}]")]
    [InlineData(400, """{"message":"The prompt length (9000) should not exceed max_num_tokens (8192)"}""", typeof(ContextLengthExceededException), "9000")]
    [InlineData(401, """{"error":{"message":"no key"}}""", typeof(SessionUnavailableException), "no key. Is BearerToken right?")]
    [InlineData(404, """{"detail":"Not Found"}""", typeof(FeatureNotSupportedException), "answered 404: Not Found")]
    [InlineData(429, "slow down", typeof(SessionOverloadedException), "answered 429: slow down")]
    [InlineData(500, "<html>oops</html>", typeof(GenerationFailedException), "answered 500: <html>oops</html>")]
    [InlineData(501, "", typeof(FeatureNotSupportedException), "answered 501")]
    [InlineData(307, "", typeof(GenerationFailedException), "answered 307")]
    public async Task Status_IsTheExceptionThatItMeans(int status, string body, Type expected, string message)
    {
        var failure = await FailureAsync(response =>
        {
            response.StatusCode = status;
            return response.WriteAsync(body);
        });

        Assert.IsType(expected, failure);
        Assert.Contains(message, failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task BusyProxy_IsOverloaded()
    {
        var failure = await FailureAsync(response =>
        {
            response.StatusCode = 503;
            response.Headers.RetryAfter = "3";
            return Task.CompletedTask;
        });

        Assert.IsType<SessionOverloadedException>(failure);
    }

    [Fact]
    public async Task NullInsteadOfEvents_FailsTheAnswer()
    {
        var failure = await FailureAsync(response =>
        {
            response.ContentType = "application/json";
            return response.WriteAsync("null");
        });

        Assert.Contains("answered application/json instead of events: null", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Requests_OneAfterTheOther_ShareAConnection()
    {
        await using var model = new ServedModel(StandInProtocol.Http);
        await using var server = await CannedServer.StartAsync();
        using var session = await server.ConnectAsync(model);

        for (var i = 0; i < 5; i++)
        {
            await Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(1), Cancellation), Cancellation);
        }

        Assert.Single(server.Connections);
    }

    [Fact]
    public async Task Chat_StreamsText()
    {
        await using var model = new ServedModel(StandInProtocol.Http);
        var engine = model.Saying(70, 71, 72);
        var server = await model.ServeAsync(engine);
        using var client = new HttpClient { BaseAddress = server.HttpEndpoint };

        using var response = await client.PostAsync(
            new Uri("/v1/chat/completions", UriKind.Relative),
            new StringContent("""{"model":"m","messages":[{"role":"user","content":"Hi"}],"stream":true,"max_completion_tokens":3}"""),
            Cancellation);

        var text = await response.Content.ReadAsStringAsync(Cancellation);
        Assert.Equal("text/event-stream", response.Content.Headers.ContentType!.MediaType);
        Assert.Equal(7, text.Split("data: ").Length);
        Assert.EndsWith("\"finish_reason\":\"length\"}]}\n\ndata: [DONE]\n\n", text, StringComparison.Ordinal);
    }

    private static async Task<LlamaFp4Exception> FailureAsync(Func<HttpResponse, Task> answer)
    {
        await using var model = new ServedModel(StandInProtocol.Http);
        await using var server = await CannedServer.StartAsync();
        using var session = await server.ConnectAsync(model);
        server.Answer = answer;
        return await Assert.ThrowsAnyAsync<LlamaFp4Exception>(() => Collected.FromAsync(session.GenerateAsync(ServedModel.Tokens(3), Cancellation), Cancellation));
    }
}
