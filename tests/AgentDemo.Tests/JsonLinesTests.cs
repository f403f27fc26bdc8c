using System.Text.Json;
using AgentDemo.Conversations;
using AgentDemo.Json;
using AgentDemo.Scenarios;
using AgentDemo.Scenarios.Operations;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.AgentDemo.Tests;

public sealed class JsonLinesTests : IDisposable
{
    private const string Restart = """{"name": "Servers_RestartServer", "parameters": {"server": "mail-2"}}""";

    private readonly StringWriter _output = new();

    [Theory]
    [InlineData(false, "refused")]
    [InlineData(true, "call", "result")]
    public async Task Every_line_is_an_event(bool allowsAll, params string[] expected)
    {
        await using var services = Agents.Provide(OperationsScenario.Scenario, ScriptedTokenSession.Saying(TinyTokenizer.Create(), Restart, "Fine."));
        var conversation = services.StartConversation(new JsonLines(_output, allowsAll));

        await conversation.AskAsync("Restart mail-2.", TestContext.Current.CancellationToken);

        var lines = _output.ToString().TrimEnd().Split(Environment.NewLine).Select(line => JsonDocument.Parse(line).RootElement).ToList();
        var types = lines.Select(line => line.GetProperty("type").GetString()).ToList();
        Assert.Equal([.. expected, "words", "answer"], types.Distinct());
        Assert.Equal("mail-2", lines[0].GetProperty("call").GetProperty("arguments").GetProperty("server").GetString());
        Assert.Equal("Fine.", lines[^1].GetProperty("text").GetString());
    }

    [Fact]
    public void Line_breaks_in_texts_stay_inside_the_line()
    {
        new JsonLines(_output, allowsAll: false).See(new Words("a\nb"));

        Assert.Equal("""{"type":"words","text":"a\nb"}""" + Environment.NewLine, _output.ToString());
    }

    public void Dispose() => _output.Dispose();
}
