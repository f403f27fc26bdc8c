using System.Text.Json;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.Extensions.AI.FunctionCallContent;
using TextContent = Microsoft.Extensions.AI.TextContent;

namespace LlamaFp4.Extensions.SemanticKernel.ChatCompletion;

/// <summary>The parts of one streamed answer, over as many rounds to the model as its tool calls take.</summary>
/// <remarks>
/// When the results of a round arrive, its calls and they join the history, together and in the shape that a buffered answer gives them: a history never
/// holds a call of the loop without its result.
/// </remarks>
internal sealed class StreamedRounds(ChatHistory history, FunctionNames names)
{
    private readonly ChatMessages _messages = new(names);
    private readonly List<ChatResponseUpdate> _round = [];
    private ChatMessageContent? _results;
    private int _roundIndex;
    private int _callIndex;

    /// <returns>The part for the caller; <see langword="null"/> if the update has nothing for it.</returns>
    public StreamingChatMessageContent? Append(ChatResponseUpdate update)
    {
        if (update.Role == ChatRole.Tool)
        {
            AppendResults(update);
            return null;
        }

        if (_results is not null)
        {
            _results = null;
            _round.Clear();
            _roundIndex++;
            _callIndex = 0;
        }

        _round.Add(update);
        return ToContent(update);
    }

    private void AppendResults(ChatResponseUpdate update)
    {
        if (_results is null)
        {
            history.AddRange(_round.ToChatResponse().Messages.Select(message => _messages.ToContent(message)));
            _results = new ChatMessageContent { Role = AuthorRole.Tool };
            history.Add(_results);
        }

        foreach (var item in _messages.ToContent(new ChatMessage(ChatRole.Tool, update.Contents)).Items)
        {
            _results.Items.Add(item);
        }
    }

    private StreamingChatMessageContent? ToContent(ChatResponseUpdate update)
    {
        StreamingChatMessageContent content = new(
            AuthorRole.Assistant, content: null, update.RawRepresentation, modelId: update.ModelId, metadata: ResponseMetadata.Of(update))
        {
            AuthorName = update.AuthorName,
        };
        foreach (var item in update.Contents.Select(ToItem).OfType<StreamingKernelContent>())
        {
            item.ModelId = update.ModelId;
            content.Items.Add(item);
        }

        return content.Items.Count > 0 || content.Metadata is not null ? content : null;
    }

    private StreamingKernelContent? ToItem(AIContent content) => content switch
    {
        TextContent text => new StreamingTextContent(text.Text),
        FunctionCallContent call => new StreamingFunctionCallUpdateContent(call.CallId, names.ToStreamedName(call.Name), ToJson(call.Arguments), _callIndex++)
        {
            RequestIndex = _roundIndex,
        },
        _ => null, // Usage is metadata; the model writes nothing else.
    };

    private static string ToJson(IDictionary<string, object?>? arguments) => arguments is null
        ? "{}"
        : JsonSerializer.Serialize(arguments, AIJsonUtilities.DefaultOptions.GetTypeInfo(typeof(IDictionary<string, object?>)));
}
