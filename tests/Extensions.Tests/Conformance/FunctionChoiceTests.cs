using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>Every function choice behaviour of Semantic Kernel: automatic and manual, set in code and in a template, buffered and streamed.</summary>
public abstract partial class FunctionChoiceTests
{
    private const string Question = "How many days are there until Christmas?";
    private const string DateCall = """{"name": "DateTimeUtils_GetCurrentDate", "parameters": {}}""";
    private const string WeatherCall = """{"name": "WeatherUtils_GetWeather", "parameters": {"city": "Nairobi"}}""";
    private const string Answer = "Thirty-one days.";

    private readonly RecordingFilter _filter = new();

    /// <summary>Plugin and function of a returned call, with a dot between them.</summary>
    protected abstract string DateCallName { get; }

    protected abstract void AddChatCompletion(IKernelBuilder builder);

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public static TheoryData<string, bool> Automatic => new()
    {
        { "auto", false },
        { "auto", true },
        { "required", false },
        { "required", true },
    };

    [Theory]
    [MemberData(nameof(Automatic))]
    public async Task Set_in_code_the_function_runs(string behavior, bool isStreamed)
    {
        var session = Saying(DateCall, Answer);
        var kernel = Build(session);

        var answer = await InvokeAsync(kernel, Settings(Behavior(behavior)), isStreamed);

        Assert.Equal(Answer, answer);
        Assert.Equal([(0, "GetCurrentDate")], _filter.Calls);
        Assert.Equal(behavior == "required", GuideOf(session, 0).Required);
        Assert.False(GuideOf(session, 1)?.Required ?? false);
    }

    [Theory]
    [MemberData(nameof(Automatic))]
    public async Task Set_in_a_template_the_function_runs(string behavior, bool isStreamed)
    {
        var kernel = Build(Saying(DateCall, Answer));

        var answer = await InvokeTemplateAsync(kernel, behavior, isStreamed);

        Assert.Equal(Answer, answer);
        Assert.Equal([(0, "GetCurrentDate")], _filter.Calls);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task None_the_function_is_described_but_never_runs(bool isInTemplate, bool isStreamed)
    {
        var session = Saying(DateCall);
        var kernel = Build(session);

        var answer = isInTemplate
            ? await InvokeTemplateAsync(kernel, "none", isStreamed)
            : await InvokeAsync(kernel, Settings(FunctionChoiceBehavior.None()), isStreamed);

        Assert.NotEmpty(answer);
        Assert.Empty(_filter.Calls);
        Assert.Single(session.Requests);
        Assert.Contains("DateTimeUtils_GetCurrentDate", session.PromptText(0), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Automatic))]
    public async Task Manual_the_call_is_returned_and_nothing_runs(string behavior, bool isStreamed)
    {
        var session = Saying(DateCall);
        var kernel = Build(session);

        var names = await CallNamesAsync(kernel, Settings(Behavior(behavior, autoInvoke: false)), isStreamed);

        Assert.Equal([DateCallName], names);
        Assert.Empty(_filter.Calls);
        Assert.Single(session.Requests);
    }

    [Theory]
    [MemberData(nameof(Automatic))]
    public async Task Manual_with_a_plugin_that_the_kernel_lacks_the_call_is_returned(string behavior, bool isStreamed)
    {
        var session = Saying(DateCall);
        var kernel = Build(session, hasPlugins: false);
        var plugin = KernelPluginFactory.CreateFromType<DateTimeUtils>();

        var names = await CallNamesAsync(kernel, Settings(Behavior(behavior, autoInvoke: false, plugin)), isStreamed);

        Assert.Equal([DateCallName], names);
        Assert.Empty(_filter.Calls);
        Assert.Single(session.Requests);
    }

    [Theory]
    [InlineData(null)]
    [InlineData(true)]
    public async Task Parallel_calls_run_within_the_first_request(bool? isAllowed)
    {
        var session = Saying($"{DateCall}; {WeatherCall}", Answer);
        var kernel = Build(session);
        var behavior = FunctionChoiceBehavior.Auto(options: isAllowed is null ? null : new() { AllowParallelCalls = isAllowed });

        await InvokeAsync(kernel, Settings(behavior), isStreamed: false);

        Assert.Equal([(0, "GetCurrentDate"), (0, "GetWeather")], _filter.Calls);
        Assert.True(GuideOf(session, 0).AllowMultiple);
    }

    [Fact]
    public async Task Parallel_calls_forbidden_each_takes_a_request_of_its_own()
    {
        var session = Saying(DateCall, WeatherCall, Answer);
        var kernel = Build(session);
        var behavior = FunctionChoiceBehavior.Auto(options: new() { AllowParallelCalls = false });

        await InvokeAsync(kernel, Settings(behavior), isStreamed: false);

        Assert.Equal([(0, "GetCurrentDate"), (1, "GetWeather")], _filter.Calls);
        Assert.False(GuideOf(session, 0).AllowMultiple);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_function_that_the_settings_leave_out_is_not_offered(bool isStreamed)
    {
        var session = Saying(WeatherCall, Answer);
        var kernel = Build(session);
        var behavior = FunctionChoiceBehavior.Auto([kernel.Plugins.GetFunction("WeatherUtils", "GetWeather")]);

        await InvokeAsync(kernel, Settings(behavior), isStreamed);

        Assert.Equal([(0, "GetWeather")], _filter.Calls);
        Assert.DoesNotContain("GetCurrentDate", session.PromptText(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Required_names_only_the_functions_listed()
    {
        var session = Saying(WeatherCall, Answer);
        var kernel = Build(session);
        var behavior = FunctionChoiceBehavior.Required([kernel.Plugins.GetFunction("WeatherUtils", "GetWeather")]);

        await InvokeAsync(kernel, Settings(behavior), isStreamed: false);

        Assert.Equal("WeatherUtils_GetWeather", Assert.Single(GuideOf(session, 0).Tools).Name);
    }

    [Theory]
    [InlineData("auto")]
    [InlineData("required")]
    [InlineData("none")]
    public async Task Kernel_without_plugins_gets_an_answer(string behavior)
    {
        var kernel = Build(Saying(Answer), hasPlugins: false);

        var answer = await InvokeAsync(kernel, Settings(Behavior(behavior)), isStreamed: false);

        Assert.Equal(Answer, answer);
    }
}
