using System.ComponentModel;
using System.Text;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <content>The kernel asked, its plugins, and the ways to ask it.</content>
public abstract partial class FunctionChoiceTests
{
    private static ScriptedTokenSession Saying(params string[] answers)
    {
        var tokenizer = TinyTokenizer.Create();
        return new ScriptedTokenSession(tokenizer, [.. answers.Select(answer => ScriptedAnswer.Of(tokenizer, answer))])
        {
            Model = ScriptedTokenSession.CreateModel(SessionFeatures.ToolCallGuide),
        };
    }

    private static ToolCallGuide GuideOf(ScriptedTokenSession session, int request) => (ToolCallGuide)session.Requests[request].Guide!;

    private static PromptExecutionSettings Settings(FunctionChoiceBehavior behavior) => new() { FunctionChoiceBehavior = behavior };

    private static FunctionChoiceBehavior Behavior(string name, bool autoInvoke = true, IEnumerable<KernelFunction>? functions = null) => name switch
    {
        "auto" => FunctionChoiceBehavior.Auto(functions, autoInvoke),
        "required" => FunctionChoiceBehavior.Required(functions, autoInvoke),
        _ => FunctionChoiceBehavior.None(functions),
    };

    private static async Task<string> InvokeAsync(Kernel kernel, PromptExecutionSettings settings, bool isStreamed)
    {
        if (!isStreamed)
        {
            return (await kernel.InvokePromptAsync(Question, new(settings), cancellationToken: CancellationToken)).ToString();
        }

        StringBuilder answer = new();
        await foreach (var chunk in kernel.InvokePromptStreamingAsync<string>(Question, new(settings), cancellationToken: CancellationToken))
        {
            answer.Append(chunk);
        }

        return answer.ToString();
    }

    private static async Task<string> InvokeTemplateAsync(Kernel kernel, string behavior, bool isStreamed)
    {
        var function = KernelFunctionFactory.CreateFromPrompt(PromptTemplateConfig.FromJson(
            $$"""{"template": "{{Question}}", "execution_settings": {"default": {"function_choice_behavior": {"type": "{{behavior}}"} } } }"""));
        if (!isStreamed)
        {
            return (await kernel.InvokeAsync(function, cancellationToken: CancellationToken)).ToString();
        }

        StringBuilder answer = new();
        await foreach (var chunk in kernel.InvokeStreamingAsync<string>(function, cancellationToken: CancellationToken))
        {
            answer.Append(chunk);
        }

        return answer.ToString();
    }

    private static async Task<List<string>> CallNamesAsync(Kernel kernel, PromptExecutionSettings settings, bool isStreamed)
    {
        var chat = kernel.GetRequiredService<IChatCompletionService>();
        ChatHistory history = new(Question, AuthorRole.User);
        if (!isStreamed)
        {
            var answer = await chat.GetChatMessageContentAsync(history, settings, kernel, CancellationToken);
            return [.. FunctionCallContent.GetFunctionCalls(answer).Select(ToName)];
        }

        FunctionCallContentBuilder calls = new();
        await foreach (var chunk in chat.GetStreamingChatMessageContentsAsync(history, settings, kernel, CancellationToken))
        {
            calls.Append(chunk);
        }

        return [.. calls.Build().Select(ToName)];

        static string ToName(FunctionCallContent call) => $"{call.PluginName}.{call.FunctionName}";
    }

    private Kernel Build(ITokenSession session, bool hasPlugins = true)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton(session);
        builder.Services.AddSingleton<IAutoFunctionInvocationFilter>(_filter);
        AddChatCompletion(builder);
        if (hasPlugins)
        {
            builder.Plugins.AddFromType<DateTimeUtils>();
            builder.Plugins.AddFromType<WeatherUtils>();
        }

        return builder.Build();
    }

    private sealed class DateTimeUtils
    {
        [KernelFunction, Description("Gets today's date")]
        public static string GetCurrentDate() => "2026-11-24";
    }

    private sealed class WeatherUtils
    {
        [KernelFunction, Description("Gets the current weather for a city")]
        public static string GetWeather([Description("Name of the city")] string city) => $"23 degrees in {city}";
    }

    private sealed class RecordingFilter : IAutoFunctionInvocationFilter
    {
        public List<(int Request, string Function)> Calls { get; } = [];

        public Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
        {
            Calls.Add((context.RequestSequenceIndex, context.Function.Name));
            return next(context);
        }
    }
}
