using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests;

public class LlamaFp4ChatClientMiddlewareTests
{
    private const string Question = "What is 6 times 7?";
    private const string Call = """{"name": "multiply", "parameters": {"a": 6, "b": 7}}""";
    private static readonly ChatOptions Options = new() { Tools = [Scripted.Multiply] };

    [Fact]
    public async Task UseFunctionInvocation_CallsTheToolAndAnswers()
    {
        var session = Scripted.Saying(Call, "It is 42.");
        using var client = new LlamaFp4ChatClient(session).AsBuilder().UseFunctionInvocation().Build();

        var response = await client.AskAsync(Question, Options);

        Assert.Equal(["assistant", "tool", "assistant"], response.Messages.Select(message => message.Role.Value));
        Assert.Equal("It is 42.", response.Messages[^1].Text);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        Assert.Equal(2, session.Requests.Count);
        var prompt = Scripted.Tokenizer.Decode(session.Requests[1].PromptTokenIds.Span);
        Assert.Contains(Call, prompt, StringComparison.Ordinal);
        Assert.Contains("""{"output": 42}""", prompt, StringComparison.Ordinal);
        var prompts = session.Requests.Sum(request => request.PromptTokenIds.Length);
        Assert.Equal(prompts, response.Usage!.InputTokenCount);
    }

    [Fact]
    public async Task UseFunctionInvocation_Streamed_CallsTheToolAndAnswers()
    {
        var session = Scripted.Saying($"One moment. <|python_tag|>{Call}; {Call}", "It is 42.");
        using var client = new LlamaFp4ChatClient(session).AsBuilder().UseFunctionInvocation().Build();

        var updates = await client.StreamAsync(Question, Options);

        var response = updates.ToChatResponse();
        Assert.Equal("One moment. It is 42.", string.Concat(updates.Texts()));
        Assert.Equal(2, response.Calls().Count);
        Assert.Equal(2, response.Messages.SelectMany(message => message.Contents).OfType<FunctionResultContent>().Count(result => $"{result.Result}" == "42"));
        Assert.Equal(2, session.Requests.Count);
    }

    [Fact]
    public async Task UseFunctionInvocation_RequiredMode_IsRequiredInTheFirstRoundOnly()
    {
        var session = Scripted.Saying(SessionFeatures.ToolCallGuide, Call, "It is 42.");
        using var client = new LlamaFp4ChatClient(session).AsBuilder().UseFunctionInvocation().Build();

        var response = await client.AskAsync(Question, new ChatOptions { Tools = [Scripted.Multiply], ToolMode = ChatToolMode.RequireAny });

        Assert.Equal("It is 42.", response.Messages[^1].Text);
        Assert.Equal([true, false], session.Requests.Select(request => Assert.IsType<ToolCallGuide>(request.Guide).Required));
    }

    [Fact]
    public async Task UseFunctionInvocation_OneCallAtATime_TakesOneRoundForEach()
    {
        var session = Scripted.Saying($"{Call}; {Call}", Call, "Done.");
        using var client = new LlamaFp4ChatClient(session).AsBuilder().UseFunctionInvocation().Build();

        var response = await client.AskAsync(Question, new ChatOptions { Tools = [Scripted.Multiply], AllowMultipleToolCalls = false });

        Assert.Equal([1, 1, 0], response.Messages.Where(message => message.Role == ChatRole.Assistant).Select(message => message.Contents.OfType<FunctionCallContent>().Count()));
    }
}
