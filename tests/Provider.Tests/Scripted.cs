using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests;

/// <summary>Sessions that say what a test tells them to, one token for each delta.</summary>
internal static class Scripted
{
    public static readonly LlamaTokenizer Tokenizer = TinyTokenizer.Create();

    public static readonly AIFunction Multiply = AIFunctionFactory.Create((int a, int b) => a * b, "multiply", "Product of two numbers");

    public static readonly AIFunction Weather = AIFunctionFactory.Create((string city) => $"Rain in {city}", "weather", "Weather of a city");

    public static ScriptedTokenSession Saying(params string[] texts) => ScriptedTokenSession.Saying(Tokenizer, texts);

    public static ScriptedTokenSession Playing(params ScriptedAnswer[] answers) => new(Tokenizer, answers);

    public static ScriptedTokenSession Saying(SessionFeatures features, params string[] texts) =>
        new(Tokenizer, [.. texts.Select(text => ScriptedAnswer.Of(Tokenizer, text))]) { Model = ScriptedTokenSession.CreateModel(features) };

    public static async Task<List<ChatResponseUpdate>> StreamAsync(this IChatClient client, string question, ChatOptions? options = null)
    {
        List<ChatResponseUpdate> updates = [];
        await foreach (var update in client.GetStreamingResponseAsync(question, options, TestContext.Current.CancellationToken))
        {
            updates.Add(update);
        }

        return updates;
    }

    /// <summary>Makes the call without enumerating it.</summary>
    public static IAsyncEnumerable<ChatResponseUpdate> Start(this IChatClient client, ChatOptions? options = null) =>
        client.GetStreamingResponseAsync("Go", options, TestContext.Current.CancellationToken);

    public static Task<ChatResponse> AskAsync(this IChatClient client, string question, ChatOptions? options = null) =>
        client.GetResponseAsync(question, options, TestContext.Current.CancellationToken);

    public static List<string> Texts(this IEnumerable<ChatResponseUpdate> updates) =>
        [.. updates.SelectMany(update => update.Contents).OfType<TextContent>().Select(content => content.Text)];

    public static List<FunctionCallContent> Calls(this ChatResponse response) =>
        [.. response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>()];
}
