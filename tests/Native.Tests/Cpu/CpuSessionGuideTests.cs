using System.Text.Json;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;

namespace LlamaFp4.Native.Tests.Cpu;

/// <summary>A model with random weights writes noise; under a guide it writes what the guide says.</summary>
public sealed class CpuSessionGuideTests : IDisposable
{
    private readonly CpuSessionDirectory _directory = new();
    private readonly CpuSession _session;

    public CpuSessionGuideTests() => _session = _directory.Load();

    [Fact]
    public async Task GenerateAsync_JsonSchemaGuide_GivesJsonOfThatSchema()
    {
        var guide = new JsonSchemaGuide(JsonElement.Parse(
            """{"type": "object", "properties": {"ok": {"type": "boolean"}, "size": {"enum": ["S", "M", "L"]}, "n": {"type": "integer", "minimum": 1, "maximum": 9}}, "required": ["ok", "size", "n"]}"""));

        for (var seed = 0; seed < 10; seed++)
        {
            var (text, end) = await RunAsync(guide, seed);

            var value = JsonElement.Parse(text);
            Assert.Equal(FinishReason.Stop, end);
            Assert.Equal(["ok", "size", "n"], value.EnumerateObject().Select(p => p.Name));
            Assert.Contains(value.GetProperty("size").GetString(), (string[])["S", "M", "L"]);
            Assert.InRange(value.GetProperty("n").GetInt32(), 1, 9);
        }
    }

    [Fact]
    public async Task GenerateAsync_RequiredToolCallGuide_GivesACall()
    {
        var guide = new ToolCallGuide
        {
            Required = true,
            Tools = [new ToolSignature("toss", JsonElement.Parse("""{"type": "object", "properties": {"side": {"enum": ["heads", "tails"]}}, "required": ["side"]}"""))],
        };

        var (text, end) = await RunAsync(guide, seed: 1);

        Assert.Matches("""^\{"name": "toss", "parameters": \{"side": "(heads|tails)"\}\}$""", text);
        Assert.Equal(FinishReason.Stop, end);
    }

    [Fact]
    public async Task GenerateAsync_ChoiceAndRegexGuides_GiveTheirTexts()
    {
        var (choice, _) = await RunAsync(new ChoiceGuide(["yes", "no", "maybe"]), seed: 2);
        var (regex, _) = await RunAsync(new RegexGuide("[a-c]{3}-[0-9]{2}é"), seed: 3);

        Assert.Contains(choice, (string[])["yes", "no", "maybe"]);
        Assert.Matches("^[a-c]{3}-[0-9]{2}é$", regex);
    }

    [Fact]
    public void GenerateAsync_GuideThatWasRefused_IsRefusedAgainForTheSameReason()
    {
        var guide = new JsonSchemaGuide(JsonElement.Parse("""{"not": {"type": "string"}}"""));
        var request = new GenerationRequest { PromptTokenIds = Enumerable.Range(5, 1).ToArray(), Guide = guide };
        string Refusal() => Assert.Throws<FeatureNotSupportedException>(() => _session.GenerateAsync(request, Cancellation)).Message;

        var first = Refusal();

        Assert.Contains("not", first, StringComparison.Ordinal);
        Assert.Equal(first, Refusal());
    }

    [Fact]
    public async Task GenerateAsync_GuideCutByTheLimit_SaysLength()
    {
        var (text, end) = await RunAsync(new RegexGuide("x{50}"), seed: 4, maxNewTokens: 7);

        Assert.Equal("xxxxxxx", text);
        Assert.Equal(FinishReason.Length, end);
    }

    [Fact]
    public async Task GenerateAsync_GuideWithoutStopTokens_EndsWhereTheTextIsComplete()
    {
        var request = new GenerationRequest { PromptTokenIds = new[] { 5, 6 }, Guide = new ChoiceGuide(["done"]), StopTokenIds = [] };

        var result = await Collected.FromAsync(_session.GenerateAsync(request, Cancellation), Cancellation);

        Assert.Equal("done", _session.Tokenizer.Decode([.. result.TokenIds]));
        Assert.Equal(FinishReason.Stop, result.Last.FinishReason);
    }

    [Fact]
    public async Task GenerateAsync_SameSeedAndGuide_GivesTheSameTokens()
    {
        var guide = new JsonGuide();

        var first = await RunAsync(guide, seed: 5, maxNewTokens: 60);
        var second = await RunAsync(guide, seed: 5, maxNewTokens: 60);

        Assert.Equal(first, second);
    }

    [Fact]
    public async Task GenerateAsync_GuideChangedAfterTheCall_RunsAsItWas()
    {
        List<string> choices = ["yes"];
        var request = new GenerationRequest { PromptTokenIds = new[] { 5 }, Guide = new ChoiceGuide(choices), StopTokenIds = [] };
        var deltas = _session.GenerateAsync(request, Cancellation);

        choices[0] = "no";

        var result = await Collected.FromAsync(deltas, Cancellation);
        Assert.Equal("yes", _session.Tokenizer.Decode([.. result.TokenIds]));
    }

    [Fact]
    public void GenerateAsync_GuideThatCannotBeEnforced_ThrowsAtTheCall()
    {
        var request = new GenerationRequest { PromptTokenIds = new[] { 5 }, Guide = new JsonSchemaGuide(JsonElement.Parse("""{"not": {}}""")) };

        var exception = Assert.Throws<FeatureNotSupportedException>(() => _session.GenerateAsync(request, Cancellation));

        Assert.Contains("'not'", exception.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _session.Dispose();
        _directory.Dispose();
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private async Task<(string Text, FinishReason? End)> RunAsync(Guide guide, long seed, int? maxNewTokens = null)
    {
        var request = new GenerationRequest
        {
            PromptTokenIds = new[] { 5, 17, 42 },
            MaxNewTokens = maxNewTokens,
            Guide = guide,
            Sampling = new SamplingParameters { Temperature = 1, Seed = seed },
        };
        var result = await Collected.FromAsync(_session.GenerateAsync(request, Cancellation), Cancellation);
        return (_session.Tokenizer.Decode([.. result.TokenIds]), result.Last.FinishReason);
    }
}
