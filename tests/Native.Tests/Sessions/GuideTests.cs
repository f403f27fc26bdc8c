using System.Text.Json;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Tests.Sessions;

public sealed class GuideTests
{
    private static readonly JsonElement AnySchema = JsonElement.Parse("{}");

    [Fact]
    public void Guide_WithoutContent_Throws()
    {
        Assert.Throws<ArgumentNullException>("pattern", () => new RegexGuide(null!));
        Assert.Throws<ArgumentNullException>("choices", () => new ChoiceGuide(null!));
        Assert.Throws<ArgumentNullException>("grammar", () => new EbnfGuide(null!));
        Assert.Throws<ArgumentNullException>("name", () => new ToolSignature(null!, AnySchema));
        Assert.Throws<ArgumentNullException>(nameof(ToolCallGuide.Tools), () => new ToolCallGuide { Tools = null! });
    }

    [Fact]
    public void ChoiceGuide_NoChoiceOrNullAmongThem_Throws()
    {
        Assert.Throws<ArgumentException>("choices", () => new ChoiceGuide([]));
        Assert.Throws<ArgumentException>("choices", () => new ChoiceGuide(["a", null!]));
    }

    [Fact]
    public void ToolCallGuide_NullAmongTheTools_Throws() =>
        Assert.Throws<ArgumentException>(nameof(ToolCallGuide.Tools), () => new ToolCallGuide { Tools = [null!] });

    [Fact]
    public void Guide_SchemaThatIsNoJson_Throws()
    {
        Assert.Throws<ArgumentException>("schema", () => new JsonSchemaGuide(default));
        Assert.Throws<ArgumentException>("parameters", () => new ToolSignature("toss", default));
        Assert.Throws<ArgumentException>(nameof(ToolCallGuide.ResponseSchema), () => new ToolCallGuide { Tools = [], ResponseSchema = default(JsonElement) });
    }

    [Fact]
    public void Guide_ListsChangedLater_KeepsWhatWasGiven()
    {
        List<string> choices = ["yes", "no"];
        List<ToolSignature> tools = [new("toss", AnySchema)];
        var choice = new ChoiceGuide(choices);
        var calls = new ToolCallGuide { Tools = tools };

        choices.Clear();
        tools.Clear();

        Assert.Equal(["yes", "no"], choice.Choices);
        Assert.Equal("toss", Assert.Single(calls.Tools).Name);
    }
}
