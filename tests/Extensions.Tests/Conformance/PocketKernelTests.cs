using System.ComponentModel;
using System.Text;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Conformance;

/// <summary>Function invocation of the kernel and of Microsoft.Extensions.AI with the real pocket model; only what it does without fail.</summary>
public sealed class PocketKernelTests : IAsyncDisposable
{
    private readonly LightsPlugin _lights = new();
    private readonly Kernel _kernel;

    public PocketKernelTests()
    {
        var builder = Kernel.CreateBuilder();
        builder.AddLlamaFp4ChatCompletion(options => options.Temperature = 0);
        builder.Plugins.AddFromObject(_lights, "Lights");
        _kernel = builder.Build();
    }

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public ValueTask DisposeAsync() => ((IAsyncDisposable)_kernel.Services).DisposeAsync();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Auto_turns_on_the_light_and_says_so(bool isStreamed)
    {
        var answer = await AskAsync("Turn on the light in the kitchen.", FunctionChoiceBehavior.Auto(), isStreamed);

        Assert.Equal(["kitchen"], _lights.Rooms);
        Assert.Contains("kitchen", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Required_runs_a_function_whatever_is_asked(bool isStreamed)
    {
        await AskAsync("Hello, how are you?", FunctionChoiceBehavior.Required(), isStreamed);

        Assert.NotEmpty(_lights.Rooms);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task None_runs_nothing(bool isStreamed)
    {
        await AskAsync("Turn on the light in the kitchen.", FunctionChoiceBehavior.None(), isStreamed);

        Assert.Empty(_lights.Rooms);
    }

    [Fact]
    public async Task Kernel_functions_are_tools_of_a_plain_chat_client()
    {
        using var client = _kernel.GetRequiredService<IChatClient>().AsBuilder().Build();
        ChatOptions options = new() { Tools = [.. _kernel.Plugins["Lights"]] };

        var response = await client.GetResponseAsync("Turn on the light in the kitchen.", options, CancellationToken);

        Assert.Equal(["kitchen"], _lights.Rooms);
        Assert.Equal(["assistant", "tool", "assistant"], response.Messages.Select(message => message.Role.Value));
    }

    private async Task<string> AskAsync(string question, FunctionChoiceBehavior behavior, bool isStreamed)
    {
        KernelArguments arguments = new(new PromptExecutionSettings
        {
            FunctionChoiceBehavior = behavior,
            ExtensionData = new Dictionary<string, object> { ["max_tokens"] = 100 },
        });
        if (!isStreamed)
        {
            return (await _kernel.InvokePromptAsync(question, arguments, cancellationToken: CancellationToken)).ToString();
        }

        StringBuilder answer = new();
        await foreach (var chunk in _kernel.InvokePromptStreamingAsync<string>(question, arguments, cancellationToken: CancellationToken))
        {
            answer.Append(chunk);
        }

        return answer.ToString();
    }

    private sealed class LightsPlugin
    {
        public List<string> Rooms { get; } = [];

        [KernelFunction, Description("Turns on the light in a room")]
        public string TurnOn([Description("The room")] string room)
        {
            Rooms.Add(room);
            return $"The {room} light is on.";
        }
    }
}
