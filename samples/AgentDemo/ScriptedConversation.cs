namespace AgentDemo;

/// <summary>A question, and the calls that a right answer needs, in order.</summary>
internal sealed record ScriptedTurn(string Question, params ToolCall[] ExpectedCalls);

/// <summary>A conversation that is played without a person, and checked.</summary>
internal sealed class ScriptedConversation(IReadOnlyList<ScriptedTurn> turns)
{
    public IReadOnlyList<ScriptedTurn> Turns { get; } = turns;

    /// <summary>Uses every plugin; one turn needs two tools, one refers back to the turn before, two need none.</summary>
    public static ScriptedConversation Default { get; } = new(
    [
        new("Hello!"),
        new("Which rooms are there?", ToolCall.Of("Lights.ListRooms")),
        new("Turn on the light in the kitchen.", ToolCall.Of("Lights.SwitchLight", ("room", "kitchen"), ("on", "true"))),
        new("What is the weather in Oslo?", ToolCall.Of("Weather.GetWeather", ("city", "Oslo"))),
        new("And in Lisbon?", ToolCall.Of("Weather.GetWeather", ("city", "Lisbon"))),
        new("Dim the bedroom light to 30 percent and tell me the time.",
            ToolCall.Of("Lights.DimLight", ("room", "bedroom"), ("percent", "30")),
            ToolCall.Of("Clock.GetTime")),
        new("Add 3 lemons to my cart.", ToolCall.Of("Shop.AddToCart", ("item", "lemons"), ("quantity", "3"))),
        new("Thank you!"),
    ]);

    /// <returns>Whether every tool was called as it should be, and every turn was answered.</returns>
    public async Task<bool> PlayAsync(Conversation conversation, Screen screen, CancellationToken cancellationToken = default)
    {
        List<string> failures = [];
        foreach (var turn in Turns)
        {
            screen.Question(turn.Question);
            var (text, calls) = await conversation.AskAsync(turn.Question, cancellationToken);
            if (Complain(turn, text, calls) is { } failure)
            {
                failures.Add(failure);
            }
        }

        foreach (var failure in failures)
        {
            screen.Failure(failure);
        }

        return failures.Count == 0;
    }

    private static string? Complain(ScriptedTurn turn, string text, IReadOnlyList<ToolCall> calls)
    {
        var asExpected = calls.Count == turn.ExpectedCalls.Length && calls.Zip(turn.ExpectedCalls).All(pair => pair.First.IsSameAs(pair.Second));
        if (!asExpected)
        {
            return $"\"{turn.Question}\" should have called {List(turn.ExpectedCalls)}, but called {List(calls)}.";
        }

        return string.IsNullOrWhiteSpace(text) ? $"\"{turn.Question}\" was not answered." : null;
    }

    private static string List(IReadOnlyList<ToolCall> calls) => calls.Count == 0 ? "no tool" : string.Join(", then ", calls);
}
