using AgentDemo.Conversations;
using Microsoft.Extensions.AI;
using Microsoft.SemanticKernel;
using Microsoft.SemanticKernel.ChatCompletion;

namespace LlamaFp4.AgentDemo.Tests;

public class AnswerMeterTests
{
    private readonly SteppedClock _clock = new();

    [Fact]
    public void Measures_the_first_word_and_the_speed_after_it()
    {
        var meter = new AnswerMeter(_clock);

        ObserveAfter(meter, 300, Text("0123456789"));
        ObserveAfter(meter, 100, Text("01234"));
        ObserveAfter(meter, 100, Text("01234"));
        ObserveAfter(meter, 0, Usage(prompt: 700, output: 8, cached: 500));

        Assert.Equal(TimeSpan.FromMilliseconds(300), meter.TimeToFirstWord);
        Assert.Equal(20, meter.TokensPerSecond!.Value, precision: 6); // Half the text, so 4 of 8 tokens, in 0.2 s.
        Assert.Equal(700, meter.PromptTokens);
        Assert.Equal(500, meter.CachedPromptTokens);
    }

    [Fact]
    public void Adds_up_the_prompts_of_all_rounds()
    {
        var meter = new AnswerMeter(_clock);

        ObserveAfter(meter, 50, Usage(prompt: 100, output: 20, cached: 0));
        ObserveAfter(meter, 50, Text("It is on."));
        ObserveAfter(meter, 50, Usage(prompt: 130, output: 5, cached: 119));

        Assert.Equal(TimeSpan.FromMilliseconds(100), meter.TimeToFirstWord);
        Assert.Equal(230, meter.PromptTokens);
        Assert.Equal(119, meter.CachedPromptTokens);
    }

    [Fact]
    public void Says_no_speed_of_an_answer_in_one_piece()
    {
        var meter = new AnswerMeter(_clock);

        ObserveAfter(meter, 50, Text("Yes."));
        ObserveAfter(meter, 0, Usage(prompt: 100, output: 3, cached: 0));

        Assert.Null(meter.TokensPerSecond);
    }

    private static StreamingChatMessageContent Text(string text) => new(AuthorRole.Assistant, text);

    private static StreamingChatMessageContent Usage(int prompt, int output, int cached) => new(AuthorRole.Assistant, null)
    {
        Metadata = new Dictionary<string, object?>
        {
            ["Usage"] = new UsageDetails { InputTokenCount = prompt, OutputTokenCount = output, CachedInputTokenCount = cached },
        },
    };

    private void ObserveAfter(AnswerMeter meter, int milliseconds, StreamingChatMessageContent chunk)
    {
        _clock.Step(milliseconds);
        meter.Observe(chunk);
    }

    private sealed class SteppedClock : TimeProvider
    {
        private long _timestamp;

        public override long TimestampFrequency => 1000;

        public void Step(int milliseconds) => _timestamp += milliseconds;

        public override long GetTimestamp() => _timestamp;
    }
}
