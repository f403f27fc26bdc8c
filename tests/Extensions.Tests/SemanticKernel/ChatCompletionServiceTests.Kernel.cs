using System.ComponentModel;
using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;
using FunctionCallContent = Microsoft.SemanticKernel.FunctionCallContent;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <content>The service asked, the plugin it offers, and the ways to ask it.</content>
public partial class ChatCompletionServiceTests
{
    private static ScriptedTokenSession Saying(params string[] answers)
    {
        var tokenizer = TinyTokenizer.Create();
        return new ScriptedTokenSession(tokenizer, [.. answers.Select(answer => ScriptedAnswer.Of(tokenizer, answer))])
        {
            Model = ScriptedTokenSession.CreateModel(SessionFeatures.ToolCallGuide),
        };
    }

    private static LlamaFp4ChatCompletionService Service(ITokenSession session) => new(session.AsIChatClient());

    private static Kernel CreateKernel()
    {
        Kernel kernel = new();
        kernel.Plugins.AddFromObject(new LightsPlugin(), "My_Lights");
        return kernel;
    }

    private static ChatHistory Question() => new("Turn on the kitchen light.", AuthorRole.User);

    private static PromptExecutionSettings Auto() => new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

    private static async Task<string> AskAsync(
        IChatCompletionService service, ChatHistory history, PromptExecutionSettings settings, Kernel kernel, bool isStreamed) => isStreamed
        ? string.Concat((await CollectAsync(service, history, settings, kernel)).Select(part => part.Content))
        : (await service.GetChatMessageContentAsync(history, settings, kernel, CancellationToken)).Content ?? "";

    private static async Task<List<FunctionCallContent>> CallsAsync(
        IChatCompletionService service, ChatHistory history, PromptExecutionSettings settings, Kernel kernel, bool isStreamed)
    {
        if (!isStreamed)
        {
            return [.. FunctionCallContent.GetFunctionCalls(await service.GetChatMessageContentAsync(history, settings, kernel, CancellationToken))];
        }

        FunctionCallContentBuilder calls = new();
        (await CollectAsync(service, history, settings, kernel)).ForEach(calls.Append);
        return [.. calls.Build()];
    }

    private static async Task<List<StreamingChatMessageContent>> CollectAsync(
        IChatCompletionService service, ChatHistory history, PromptExecutionSettings? settings, Kernel? kernel)
    {
        List<StreamingChatMessageContent> parts = [];
        await foreach (var part in service.GetStreamingChatMessageContentsAsync(history, settings, kernel, CancellationToken))
        {
            parts.Add(part);
        }

        return parts;
    }

    private sealed class LightsPlugin
    {
        [KernelFunction("Turn_On"), Description("Turns on the light in a room")]
        public static string TurnOn([Description("The room")] string room) => $"{room} on";

        [KernelFunction("Turn_Off"), Description("Turns off the light in a room")]
        public static string TurnOff([Description("The room")] string room) => $"{room} off";
    }
}
