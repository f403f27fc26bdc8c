using LlamaFp4.Extensions.SemanticKernel;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Tests.Shared;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.SemanticKernel;

/// <summary>Prompt functions: their variables, messages and settings reach the session, over the completion service and over the plain client.</summary>
public sealed class PromptTemplateTests : IDisposable
{
    private readonly LlamaFp4PromptExecutionSettings _settings = new()
    {
        Temperature = 0.25f,
        TopP = 0.5f,
        TopK = 40,
        MinP = 0.05f,
        RepetitionPenalty = 1.1f,
        PresencePenalty = 0.2f,
        FrequencyPenalty = 0.3f,
        Seed = 9007199254740993,
        MaxTokens = 64,
        StopSequences = ["END"],
        LogitBias = new Dictionary<int, float> { [12] = -1.5f },
        LogProbabilities = true,
        TopLogProbabilities = 3,
        ChatSystemPrompt = "Be brief.",
        GuidedRegex = "yes|no",
        CacheSalt = "tenant",
        Priority = 5,
    };

    private readonly ScriptedTokenSession _session = new(TinyTokenizer.Create(), ScriptedAnswer.Of(TinyTokenizer.Create(), "yes END or no"))
    {
        Model = ScriptedTokenSession.CreateModel((SessionFeatures)int.MaxValue),
    };

    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    public void Dispose() => _session.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Typed_settings_reach_the_session(bool hasCompletionService)
    {
        var kernel = Build(hasCompletionService);

        var answer = await kernel.InvokePromptAsync("Is {{$what}} open?", new(_settings) { ["what"] = "the shop" }, cancellationToken: CancellationToken);

        Assert.Equal("yes ", answer.ToString());
        AssertAll(Assert.Single(_session.Requests));
        Assert.Contains("Is the shop open?", _session.PromptText(0), StringComparison.Ordinal);
        Assert.Contains("Be brief.", _session.PromptText(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Settings_of_a_template_in_json_reach_the_session()
    {
        var function = KernelFunctionFactory.CreateFromPrompt(PromptTemplateConfig.FromJson("""
            {
              "name": "IsOpen",
              "template": "<message role=\"system\">Be brief.</message><message role=\"user\">Is {{$what}} open?</message>",
              "input_variables": [{ "name": "what", "default": "the shop" }],
              "execution_settings": {
                "default": {
                  "temperature": 0.25, "top_p": 0.5, "top_k": 40, "min_p": 0.05, "repetition_penalty": 1.1, "presence_penalty": 0.2,
                  "frequency_penalty": 0.3, "seed": 9007199254740993, "max_tokens": 64, "stop_sequences": ["END"], "logit_bias": { "12": -1.5 },
                  "logprobs": true, "top_logprobs": 3, "guided_regex": "yes|no", "cache_salt": "tenant", "priority": 5
                }
              }
            }
            """));

        var answer = await Build().InvokeAsync(function, cancellationToken: CancellationToken);

        Assert.Equal("yes ", answer.ToString());
        AssertAll(Assert.Single(_session.Requests));
        Assert.Contains("Is the shop open?", _session.PromptText(0), StringComparison.Ordinal);
        Assert.Contains("Be brief.", _session.PromptText(0), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Arguments_win_over_the_template()
    {
        var function = KernelFunctionFactory.CreateFromPrompt(PromptTemplateConfig.FromJson(
            """{"template": "Open?", "execution_settings": {"default": {"max_tokens": 5} } }"""));

        await Build().InvokeAsync(function, new(new LlamaFp4PromptExecutionSettings { MaxTokens = 6 }), CancellationToken);

        Assert.Equal(6, _session.Requests[0].MaxNewTokens);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Schema_of_a_type_guides_the_answer(bool hasCompletionService)
    {
        LlamaFp4PromptExecutionSettings settings = new() { ResponseFormat = ChatResponseFormat.ForJsonSchema<Dish>() };

        await Build(hasCompletionService).InvokePromptAsync("Recommend a dish.", new(settings), cancellationToken: CancellationToken);

        var guide = Assert.IsType<JsonSchemaGuide>(_session.Requests[0].Guide);
        Assert.True(guide.Schema.GetProperty("properties").TryGetProperty("price", out _));
    }

    [Fact]
    public async Task Schema_in_a_template_guides_the_answer()
    {
        var function = KernelFunctionFactory.CreateFromPrompt(PromptTemplateConfig.FromJson("""
            {
              "template": "Recommend a dish.",
              "execution_settings": { "default": { "response_format": { "type": "object", "properties": { "price": { "type": "integer" } } } } }
            }
            """));

        await Build().InvokeAsync(function, cancellationToken: CancellationToken);

        Assert.IsType<JsonSchemaGuide>(_session.Requests[0].Guide);
    }

    [Fact]
    public async Task Extension_data_beside_typed_members_counts_where_they_are_silent()
    {
        LlamaFp4PromptExecutionSettings settings = new()
        {
            MaxTokens = 9,
            ExtensionData = new Dictionary<string, object> { ["max_tokens"] = 5, ["temperature"] = 0.5 },
        };

        await Build().InvokePromptAsync("Open?", new(settings), cancellationToken: CancellationToken);

        Assert.Equal(9, _session.Requests[0].MaxNewTokens);
        Assert.Equal(0.5f, _session.Requests[0].Sampling?.Temperature);
    }

    [Fact]
    public async Task Model_that_is_not_served_is_refused()
    {
        LlamaFp4PromptExecutionSettings settings = new() { ModelId = "gpt-4" };

        await Assert.ThrowsAsync<InvalidOperationException>(() => Build().InvokePromptAsync("Open?", new(settings), cancellationToken: CancellationToken));

        Assert.Empty(_session.Requests);
    }

    [Fact]
    public async Task Frozen_settings_of_a_function_serve_every_call()
    {
        _settings.Freeze();
        var kernel = Build();
        var function = kernel.CreateFunctionFromPrompt("Open?", _settings);

        await kernel.InvokeAsync(function, cancellationToken: CancellationToken);
        await kernel.InvokeAsync(function, cancellationToken: CancellationToken);

        Assert.All(_session.Requests, AssertAll);
    }

    private static void AssertAll(GenerationRequest request)
    {
        Assert.Equal(0.25f, request.Sampling!.Temperature);
        Assert.Equal(0.5f, request.Sampling.TopP);
        Assert.Equal(40, request.Sampling.TopK);
        Assert.Equal(0.05f, request.Sampling.MinP);
        Assert.Equal(1.1f, request.Sampling.RepetitionPenalty);
        Assert.Equal(0.2f, request.Sampling.PresencePenalty);
        Assert.Equal(0.3f, request.Sampling.FrequencyPenalty);
        Assert.Equal(9007199254740993, request.Sampling.Seed);
        Assert.Equal(64, request.MaxNewTokens);
        Assert.Equal(-1.5f, Assert.Single(request.LogitBias!).Value);
        Assert.Equal(3, request.LogProbabilities);
        Assert.Equal("yes|no", Assert.IsType<RegexGuide>(request.Guide).Pattern);
        Assert.Equal("tenant", request.CacheSalt);
        Assert.Equal(5, request.Priority);
    }

    private Kernel Build(bool hasCompletionService = true)
    {
        var builder = Kernel.CreateBuilder();
        builder.Services.AddSingleton<ITokenSession>(_session);
        _ = hasCompletionService ? builder.AddLlamaFp4ChatCompletion() : builder.AddLlamaFp4ChatClient();
        return builder.Build();
    }

    private sealed record Dish(string Name, int Price);
}
