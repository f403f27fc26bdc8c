using System.Text.Json;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.Provider.Prompting;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Prompting;

/// <summary>The prompts that the pocket model was trained on, against those that the client sends.</summary>
public class PocketConversationTests
{
    private static readonly Lazy<JsonElement[]> Conversations = new(() =>
        [.. JsonElement.Parse(File.ReadAllBytes(RepositoryFiles.PathOf("tests", "Vectors", "pocket", "conversations.json"))).EnumerateArray()]);

    private static readonly Lazy<LlamaTokenizer> Tokenizer = new(() => LlamaTokenizer.Load(RepositoryFiles.PathOf("models", "pocket")));

    [Fact]
    public void Render_TrainingConversations_GiveTheTrainedText()
    {
        foreach (var conversation in Conversations.Value)
        {
            string text = Template(conversation).Render(Messages(conversation), Options(conversation));

            Assert.Equal(conversation.GetProperty("text").GetString(), text);
        }
    }

    [Fact]
    public void Encode_TrainingConversations_GiveTheTrainedTokens()
    {
        foreach (var conversation in Conversations.Value)
        {
            int[] tokenIds = Template(conversation).Encode(Messages(conversation), Options(conversation));

            Assert.Equal(TrainedIds(conversation), tokenIds);
        }
    }

    [Fact]
    public void Encode_UpToTheLastAnswer_GivesThePromptOfThatAnswer()
    {
        foreach (var conversation in Conversations.Value)
        {
            var messages = Messages(conversation);
            int last = messages.FindLastIndex(message => message.Role == ChatRole.Assistant);

            int[] prompt = Template(conversation, addGenerationPrompt: true).Encode(messages.Take(last), Options(conversation));

            Assert.Equal(TrainedIds(conversation).Take(conversation.GetProperty("prompt_length").GetInt32()), prompt);
        }
    }

    private static IEnumerable<int> TrainedIds(JsonElement conversation) => conversation.GetProperty("ids").EnumerateArray().Select(id => id.GetInt32());

    private static PromptTemplate Template(JsonElement conversation, bool addGenerationPrompt = false) => new(
        Tokenizer.Value,
        new PromptTemplateOptions { DateText = conversation.GetProperty("date").GetString()!, AddGenerationPrompt = addGenerationPrompt });

    private static ChatOptions Options(JsonElement conversation) => new()
    {
        Instructions = conversation.GetProperty("system").GetString(),
        Tools =
        [
            .. conversation.GetProperty("tools").EnumerateArray().Select(tool => Prompts.Tool(
                tool.GetProperty("name").GetString()!,
                tool.GetProperty("description").GetString()!,
                tool.GetProperty("parameters").GetRawText())),
        ],
        ResponseFormat = conversation.GetProperty("response_format") switch
        {
            { ValueKind: JsonValueKind.Null } => null,
            { ValueKind: JsonValueKind.String } => ChatResponseFormat.Json,
            var schema => ChatResponseFormat.ForJsonSchema(schema),
        },
    };

    private static List<ChatMessage> Messages(JsonElement conversation) => [.. conversation.GetProperty("messages").EnumerateArray().Select(Message)];

    private static ChatMessage Message(JsonElement message)
    {
        if (message.TryGetProperty("tool_calls", out var calls))
        {
            return Prompts.Assistant([.. calls.EnumerateArray().Select(call => Prompts.Call(
                call.GetProperty("id").GetString()!, call.GetProperty("name").GetString()!, call.GetProperty("arguments").GetRawText()))]);
        }

        return message.TryGetProperty("call_id", out var callId)
            ? Prompts.Results(Prompts.Result(callId.GetString()!, message.GetProperty("result")))
            : new ChatMessage(new ChatRole(message.GetProperty("role").GetString()!), message.GetProperty("content").GetString());
    }
}
