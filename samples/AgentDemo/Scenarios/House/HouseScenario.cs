using AgentDemo.Conversations;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.House;

/// <summary>A house with lights, a weather station, a clock and a grocer.</summary>
internal static class HouseScenario
{
    public static Scenario Scenario { get; } = new()
    {
        Name = "house",
        Title = "the voice of a house",
        Instructions = "You are the voice of a house. Use the tools when they help. Be brief.",
        CreatePlugins = static services =>
        [
            KernelPluginFactory.CreateFromType<LightsPlugin>("Lights", services),
            KernelPluginFactory.CreateFromType<WeatherPlugin>("Weather", services),
            KernelPluginFactory.CreateFromType<ShopPlugin>("Shop", services),
            KernelPluginFactory.CreateFromType<ClockPlugin>("Clock", services),
        ],

        // Uses every plugin; one turn needs two tools, one refers back to the turn before, two need none.
        Script = new(
        [
            new("Hello!"),
            new("Which rooms are there?", ToolCall.Of("Lights.ListRooms")),
            new("Turn on the light in the kitchen.", ToolCall.Of("Lights.SwitchLight", ("room", "kitchen"), ("on", "true"))),
            new("What is the weather in Oslo?", ToolCall.Of("Weather.GetWeather", ("city", "Oslo"))),
            new("And in Lisbon?", ToolCall.Of("Weather.GetWeather", ("city", "Lisbon"))),
            new("Dim the bedroom to 30 percent and tell me the time.",
                ToolCall.Of("Lights.DimLight", ("room", "bedroom"), ("percent", "30")),
                ToolCall.Of("Clock.GetTime")),
            new("Add 3 lemons to my cart.", ToolCall.Of("Shop.AddToCart", ("item", "lemons"), ("quantity", "3"))),
            new("Thank you!"),
        ]),
    };
}
