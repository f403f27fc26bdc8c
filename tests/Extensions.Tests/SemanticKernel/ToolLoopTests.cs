using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>Who runs a call, when, and what happens if it fails.</summary>
public class ToolLoopTests
{
    private const string BothCalls = """{"name": "Meeting_Arrive", "parameters": {"who": "a"}}; {"name": "Meeting_Arrive", "parameters": {"who": "b"}}""";

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Functions_run_at_once_if_the_settings_allow_it(bool isStreamed)
    {
        Meeting meeting = new(participants: 2);

        await AskAsync(Service(Saying(BothCalls, "Both came.")), meeting, new() { AllowConcurrentInvocation = true }, isStreamed);

        Assert.Equal(2, meeting.MostAtOnce);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Functions_run_one_by_one_otherwise(bool isStreamed)
    {
        Meeting meeting = new(participants: 1);

        await AskAsync(Service(Saying(BothCalls, "Both came.")), meeting, options: null, isStreamed);

        Assert.Equal(1, meeting.MostAtOnce);
        Assert.Equal(["a", "b"], meeting.Arrivals);
    }

    [Fact]
    public async Task Registered_service_honours_concurrency_too_and_keeps_the_filters()
    {
        Meeting meeting = new(participants: 2);
        CountingFilter filter = new();
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<ITokenSession>(Saying(BothCalls, "Both came."));
        builder.Services.AddSingleton<IAutoFunctionInvocationFilter>(filter);
        builder.AddLlamaFp4ChatCompletion();
        builder.Plugins.AddFromObject(meeting);
        PromptExecutionSettings settings = new()
        {
            FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(options: new() { AllowConcurrentInvocation = true }),
        };

        var answer = await builder.Build().InvokePromptAsync("Who comes?", new(settings), cancellationToken: CancellationToken);

        Assert.Equal("Both came.", answer.ToString());
        Assert.Equal(2, meeting.MostAtOnce);
        Assert.Equal(2, filter.Count);
    }

    [Fact]
    public async Task Without_a_kernel_calls_that_are_not_to_be_invoked_are_returned()
    {
        Meeting meeting = new(participants: 1);
        var plugin = KernelPluginFactory.CreateFromObject(meeting);
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(plugin, autoInvoke: false) };

        var answer = await Service(Saying(BothCalls)).GetChatMessageContentAsync(Question(), settings, kernel: null, CancellationToken);

        Assert.Equal(
            ["Meeting.Arrive", "Meeting.Arrive"],
            answer.Items.OfType<Microsoft.SemanticKernel.FunctionCallContent>().Select(call => $"{call.PluginName}.{call.FunctionName}"));
        Assert.Empty(meeting.Arrivals);
    }

    [Fact]
    public async Task Without_a_kernel_functions_that_are_to_be_invoked_are_refused()
    {
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        await Assert.ThrowsAsync<KernelException>(() =>
            Service(Saying("Hi")).GetChatMessageContentAsync(Question(), settings, kernel: null, CancellationToken));
    }

    [Fact]
    public async Task A_pipeline_with_a_loop_of_its_own_keeps_it()
    {
        Meeting meeting = new(participants: 1);
        var session = Saying(BothCalls, "Both came.");
        using var client = session.AsIChatClient().AsBuilder().UseFunctionInvocation(configure: loop => loop.MaximumIterationsPerRequest = 7).Build();

        await AskAsync(new LlamaFp4ChatCompletionService(client), meeting, options: null, isStreamed: false);

        Assert.Equal(["a", "b"], meeting.Arrivals);
        Assert.Equal(2, session.Requests.Count);
    }

    [Fact]
    public async Task Middleware_around_a_registered_client_is_not_passed_by()
    {
        var asked = 0;
        ServiceCollection services = [];
        services.AddSingleton<ITokenSession>(Saying("Nobody."));
        services.AddLlamaFp4ChatClient(configure: null, serviceId: null);
        await using var provider = services.BuildServiceProvider();
        using var client = provider.GetRequiredService<IChatClient>().AsBuilder()
            .Use((messages, options, next, cancellationToken) =>
            {
                asked++;
                return next(messages, options, cancellationToken);
            })
            .Build();

        await new LlamaFp4ChatCompletionService(client).GetChatMessageContentAsync(Question(), cancellationToken: CancellationToken);

        Assert.Equal(1, asked);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_filter_that_ends_the_loop_leaves_call_and_result_together(bool isStreamed)
    {
        Meeting meeting = new(participants: 1);
        var session = Saying(BothCalls, "Both came.");
        Kernel kernel = new();
        kernel.Plugins.AddFromObject(meeting);
        kernel.AutoFunctionInvocationFilters.Add(new TerminatingFilter());
        var history = Question();
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        if (isStreamed)
        {
            await foreach (var _ in Service(session).GetStreamingChatMessageContentsAsync(history, settings, kernel, CancellationToken))
            {
            }
        }
        else
        {
            history.Add(await Service(session).GetChatMessageContentAsync(history, settings, kernel, CancellationToken));
        }

        Assert.Single(session.Requests);
        Assert.Equal(["user", "assistant", "tool"], history.Select(message => message.Role.Label));
        Assert.Equal(["a"], meeting.Arrivals);
    }

    [Fact]
    public async Task A_stream_that_fails_after_a_call_leaves_call_and_result_together()
    {
        var tokenizer = TinyTokenizer.Create();
        using ScriptedTokenSession session = new(
            tokenizer,
            ScriptedAnswer.Of(tokenizer, BothCalls),
            ScriptedAnswer.Of(tokenizer, "Both", beforeChunk: (_, _) => throw new GenerationFailedException("The engine stopped.")))
        {
            Model = ScriptedTokenSession.CreateModel(SessionFeatures.ToolCallGuide),
        };
        Kernel kernel = new();
        kernel.Plugins.AddFromObject(new Meeting(participants: 1));
        var history = Question();
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto() };

        await Assert.ThrowsAsync<GenerationFailedException>(async () =>
        {
            await foreach (var _ in Service(session).GetStreamingChatMessageContentsAsync(history, settings, kernel, CancellationToken))
            {
            }
        });

        Assert.Equal(["user", "assistant", "tool"], history.Select(message => message.Role.Label));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Cancellation_reaches_the_session(bool isStreamed)
    {
        using CancellationTokenSource cancellation = new();
        var tokenizer = TinyTokenizer.Create();
        using ScriptedTokenSession session = new(tokenizer, ScriptedAnswer.Of(tokenizer, "Hello", beforeChunk: async (chunk, cancellationToken) =>
        {
            if (chunk == 2)
            {
                await cancellation.CancelAsync();
                cancellationToken.ThrowIfCancellationRequested();
            }
        }));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () =>
        {
            if (!isStreamed)
            {
                await Service(session).GetChatMessageContentAsync("Hi", cancellationToken: cancellation.Token);
                return;
            }

            await foreach (var _ in Service(session).GetStreamingChatMessageContentsAsync("Hi", cancellationToken: cancellation.Token))
            {
            }
        });

        Assert.Equal(0, session.LiveRequests);
        Assert.Equal(1, session.AbortedRequests);
    }

    [Fact]
    public async Task Leaving_the_stream_early_frees_the_request()
    {
        using var session = Saying("Hello there, and more");

        await foreach (var _ in Service(session).GetStreamingChatMessageContentsAsync("Hi", cancellationToken: CancellationToken))
        {
            break;
        }

        Assert.Equal(0, session.LiveRequests);
        Assert.Equal(1, session.AbortedRequests);
    }

    [Fact]
    public void Null_arguments_are_refused_at_the_call()
    {
        var service = Service(Saying("Hi"));

        Assert.Throws<ArgumentNullException>("chatClient", () => new LlamaFp4ChatCompletionService(null!));
        Assert.Throws<ArgumentNullException>("chatHistory", () => { _ = service.GetChatMessageContentsAsync((ChatHistory)null!, cancellationToken: CancellationToken); });
        Assert.Throws<ArgumentNullException>("chatHistory", () => service.GetStreamingChatMessageContentsAsync((ChatHistory)null!, cancellationToken: CancellationToken));
    }

    private static ScriptedTokenSession Saying(params string[] answers)
    {
        var tokenizer = TinyTokenizer.Create();
        return new ScriptedTokenSession(tokenizer, [.. answers.Select(answer => ScriptedAnswer.Of(tokenizer, answer))])
        {
            Model = ScriptedTokenSession.CreateModel(SessionFeatures.ToolCallGuide),
        };
    }

    private static LlamaFp4ChatCompletionService Service(ITokenSession session) => new(session.AsIChatClient());

    private static ChatHistory Question() => new("Who comes?", AuthorRole.User);

    private static async Task AskAsync(LlamaFp4ChatCompletionService service, Meeting meeting, FunctionChoiceBehaviorOptions? options, bool isStreamed)
    {
        Kernel kernel = new();
        kernel.Plugins.AddFromObject(meeting);
        PromptExecutionSettings settings = new() { FunctionChoiceBehavior = FunctionChoiceBehavior.Auto(options: options) };
        if (!isStreamed)
        {
            await service.GetChatMessageContentAsync(Question(), settings, kernel, CancellationToken);
            return;
        }

        await foreach (var _ in service.GetStreamingChatMessageContentsAsync(Question(), settings, kernel, CancellationToken))
        {
        }
    }

    /// <summary>Each arrival waits until all participants are there, which only those that run at once can do.</summary>
    private sealed class Meeting(int participants)
    {
        private readonly Lock _lock = new();
        private readonly TaskCompletionSource _complete = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private int _present;

        public int MostAtOnce { get; private set; }

        public List<string> Arrivals { get; } = [];

        [KernelFunction]
        public async Task<string> ArriveAsync(string who)
        {
            lock (_lock)
            {
                Arrivals.Add(who);
                MostAtOnce = Math.Max(MostAtOnce, ++_present);
                if (_present == participants)
                {
                    _complete.TrySetResult();
                }
            }

            try
            {
                await _complete.Task.WaitAsync(TimeSpan.FromSeconds(10), CancellationToken);
                return $"{who} is here";
            }
            finally
            {
                lock (_lock)
                {
                    _present--;
                }
            }
        }
    }

    private sealed class CountingFilter : IAutoFunctionInvocationFilter
    {
        private int _count;

        public int Count => _count;

        public Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
        {
            Interlocked.Increment(ref _count);
            return next(context);
        }
    }

    private sealed class TerminatingFilter : IAutoFunctionInvocationFilter
    {
        public async Task OnAutoFunctionInvocationAsync(AutoFunctionInvocationContext context, Func<AutoFunctionInvocationContext, Task> next)
        {
            await next(context);
            context.Terminate = true;
        }
    }
}
