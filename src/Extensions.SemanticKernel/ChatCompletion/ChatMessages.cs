using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;
using FunctionResultContent = Microsoft.SemanticKernel.FunctionResultContent;
using TextContent = Microsoft.SemanticKernel.TextContent;

namespace LlamaFp4.Extensions.SemanticKernel.ChatCompletion;

/// <summary>Messages of a kernel as a chat client takes them, and its messages as a kernel takes them.</summary>
/// <param name="names">The functions of the request.</param>
/// <remarks>One instance serves one request: it remembers the calls, because a result names its call by id only.</remarks>
internal sealed class ChatMessages(FunctionNames names)
{
    private readonly Dictionary<string, FunctionCallContent> _calls = new(StringComparer.Ordinal);

    /// <summary>The history as messages.</summary>
    public static List<ChatMessage> From(ChatHistory history) => [.. history.Select(From)];

    /// <param name="message">A message of the client.</param>
    /// <param name="response">The response whose metadata the message carries; <see langword="null"/> for a message on the way to the answer.</param>
    public ChatMessageContent ToContent(ChatMessage message, ChatResponse? response = null)
    {
        ChatMessageContent content = new()
        {
            Role = new AuthorRole(message.Role.Value),
            AuthorName = message.AuthorName,
            ModelId = response?.ModelId,
            InnerContent = response?.RawRepresentation,
            Metadata = response is null ? null : ResponseMetadata.Of(response),
        };
        foreach (var item in message.Contents.Select(ToItem).OfType<KernelContent>())
        {
            item.ModelId = response?.ModelId;
            content.Items.Add(item);
        }

        return content;
    }

    private static ChatMessage From(ChatMessageContent content)
    {
        var message = content.ToChatMessage();

        // What an earlier answer cost is not part of a prompt, and would keep a cache from recognising it.
        message.AdditionalProperties = ResponseMetadata.Without(message.AdditionalProperties);

        // The conversion keeps the order, but forgets the plugins.
        var toolNames = new Queue<string>(content.Items.OfType<FunctionCallContent>().Select(FunctionNames.ToToolName));
        for (var i = 0; i < message.Contents.Count; i++)
        {
            if (message.Contents[i] is Microsoft.Extensions.AI.FunctionCallContent call)
            {
                message.Contents[i] = new Microsoft.Extensions.AI.FunctionCallContent(call.CallId, toolNames.Dequeue(), call.Arguments);
            }
        }

        return message;
    }

    private KernelContent? ToItem(AIContent content) => content switch
    {
        Microsoft.Extensions.AI.TextContent text => new TextContent(text.Text),
        Microsoft.Extensions.AI.FunctionCallContent call => ToCall(call),
        Microsoft.Extensions.AI.FunctionResultContent result => ToResult(result),
        _ => null, // Usage is metadata; the model writes nothing else.
    };

    private FunctionCallContent ToCall(Microsoft.Extensions.AI.FunctionCallContent call)
    {
        var (pluginName, functionName) = names.Split(call.Name);
        KernelArguments? arguments = call.Arguments is null ? null : new(call.Arguments);
        return _calls[call.CallId] = new FunctionCallContent(functionName, pluginName, call.CallId, arguments) { Exception = call.Exception };
    }

    private FunctionResultContent ToResult(Microsoft.Extensions.AI.FunctionResultContent result) => _calls.TryGetValue(result.CallId, out var call)
        ? new FunctionResultContent(call, result.Result)
        : new FunctionResultContent(callId: result.CallId, result: result.Result);
}
