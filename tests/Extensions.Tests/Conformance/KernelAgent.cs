using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>
/// What an agent of Semantic Kernel does with a chat completion service, through public contracts only: it finds the service through the kernel's selector, puts its
/// instructions before the thread, and learns of calls and results from what the service adds to the history.
/// </summary>
internal sealed class KernelAgent(Kernel kernel, string name, string instructions, KernelArguments arguments)
{
    /// <summary>Told of each message of a turn, the answer last.</summary>
    public Action<ChatMessageContent>? OnMessage { get; set; }

    public async Task<ChatMessageContent> InvokeAsync(ChatHistory thread, string? message)
    {
        var (service, settings, chat) = Begin(thread, message);
        var known = chat.Count;

        var answers = await service.GetChatMessageContentsAsync(chat, settings, kernel, TestContext.Current.CancellationToken);

        Capture(chat, ref known, thread);
        var answer = Assert.Single(answers);
        Add(answer, thread);
        return answer;
    }

    public async IAsyncEnumerable<StreamingChatMessageContent> InvokeStreamingAsync(
        ChatHistory thread, string? message, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var (service, settings, chat) = Begin(thread, message);
        var known = chat.Count;
        StringBuilder answer = new();

        await foreach (var part in service.GetStreamingChatMessageContentsAsync(chat, settings, kernel, cancellationToken))
        {
            Capture(chat, ref known, thread);
            answer.Append(part.Content);
            part.AuthorName = name;
            yield return part;
        }

        Capture(chat, ref known, thread);
        Add(new ChatMessageContent(AuthorRole.Assistant, answer.ToString()), thread);
    }

    private (IChatCompletionService Service, PromptExecutionSettings? Settings, ChatHistory Chat) Begin(ChatHistory thread, string? message)
    {
        var placeholder = KernelFunctionFactory.CreateFromPrompt("placeholder", arguments.ExecutionSettings?.Values);
        Assert.True(kernel.ServiceSelector.TrySelectAIService<IChatCompletionService>(kernel, placeholder, arguments, out var service, out var settings));
        if (message is not null)
        {
            thread.AddUserMessage(message);
        }

        return (service, settings, [new ChatMessageContent(AuthorRole.System, instructions) { AuthorName = name }, .. thread]);
    }

    private void Capture(ChatHistory chat, ref int known, ChatHistory thread)
    {
        for (; known < chat.Count; known++)
        {
            Add(chat[known], thread);
        }
    }

    private void Add(ChatMessageContent message, ChatHistory thread)
    {
        message.AuthorName = name;
        thread.Add(message);
        OnMessage?.Invoke(message);
    }
}
