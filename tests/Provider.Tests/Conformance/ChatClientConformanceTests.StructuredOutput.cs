using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <content>Answers as JSON: of a type, of a schema, or of any shape. Right by construction, so also from a model that does not understand the question.</content>
public abstract partial class ChatClientConformanceTests
{
    [JsonConverter(typeof(JsonStringEnumConverter<Mood>))]
    private enum Mood
    {
        Good,
        Bad,
        Mixed,
    }

    [Description("A person")]
    private sealed record Person(
        [property: MaxLength(20)] string Name,
        [property: Range(0, 120)] int Age,
        Mood Mood,
        bool? IsMarried,
        [property: MaxLength(3)] string[] Hobbies);

    [Fact]
    public async Task StructuredOutput_Object() =>
        Assert.InRange((await AskForAsync<Person>("""{"name": "Ada", "age": 36, "mood": "Good", "isMarried": true, "hobbies": ["maths"]}""")).Age, 0, 120);

    [Fact]
    public async Task StructuredOutput_Array() =>
        Assert.All(await AskForAsync<Mood[]>("""{"data": ["Good", "Bad"]}"""), mood => Assert.True(Enum.IsDefined(mood)));

    [Fact]
    public async Task StructuredOutput_Integer() => await AskForAsync<int>("""{"data": 15}""");

    [Fact]
    public async Task StructuredOutput_String() => Assert.NotNull(await AskForAsync<string>("""{"data": "Ada"}"""));

    [Fact]
    public async Task StructuredOutput_Boolean() => await AskForAsync<bool>("""{"data": true}""");

    [Fact]
    public async Task StructuredOutput_Enum() => Assert.True(Enum.IsDefined(await AskForAsync<Mood>("""{"data": "Mixed"}""")));

    [Fact]
    public async Task StructuredOutput_WithoutNativeSchema_IsAskedForAsAnyJson()
    {
        using ObservedChatClient client = new(CreateChatClient("""{"data": "Good"}"""));

        var response = await client.GetResponseAsync<Mood>("Hello", new ChatOptions { MaxOutputTokens = 200 }, useJsonSchemaResponseFormat: false, Cancellation);

        var format = Assert.IsType<ChatResponseFormatJson>(client.Requests[0].Options!.ResponseFormat);
        Assert.Null(format.Schema);
        AssertJsonUnlessCut(response);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task JsonWithoutSchema_Parses(bool isStreamed)
    {
        using var client = CreateChatClient("""{"light": "on", "rooms": [1, 2]}""");

        var response = await client.RespondAsync("Say hello as JSON.", isStreamed, new ChatOptions { ResponseFormat = ChatResponseFormat.Json, MaxOutputTokens = 200 });

        AssertJsonUnlessCut(response);
    }

    private static void AssertJsonUnlessCut(ChatResponse response)
    {
        if (response.FinishReason == ChatFinishReason.Length)
        {
            JsonValidation.AssertBeginsJson(response.Text);
        }
        else
        {
            Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
            Assert.NotEqual(JsonValueKind.Undefined, JsonElement.Parse(response.Text).ValueKind);
        }
    }

    private async Task<T> AskForAsync<T>(string script)
    {
        using ObservedChatClient client = new(CreateChatClient(script));

        var response = await client.GetResponseAsync<T>("Tell me about Ada, who is 36 and in a good mood.", cancellationToken: Cancellation);

        var format = Assert.IsType<ChatResponseFormatJson>(client.Requests[0].Options!.ResponseFormat);
        Assert.Equal(ChatFinishReason.Stop, response.FinishReason);
        JsonValidation.AssertValid(format.Schema!.Value, response.Text);
        Assert.True(response.TryGetResult(out var result), response.Text);
        return result;
    }
}
