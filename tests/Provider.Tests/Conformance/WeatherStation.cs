using System.ComponentModel;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>A tool simple enough for any model, the question that asks for it, and what a script says to it.</summary>
internal sealed class WeatherStation
{
    public const string Question = "What is the weather in Nairobi?";
    public const string Call = """{"name": "GetWeather", "parameters": {"city": "Nairobi"}}""";
    public const string Answer = "It is 23 degrees and windy in Nairobi.";

    public WeatherStation() => Tool = AIFunctionFactory.Create(GetWeather);

    public AIFunction Tool { get; }

    public string Report { get; set; } = "23 degrees and windy";

    /// <summary>The cities asked for, in order.</summary>
    public List<string> Cities { get; } = [];

    public ChatOptions Options(ChatToolMode? mode = null) => new() { Tools = [Tool], ToolMode = mode };

    [Description("Gets the current weather for a city")]
    private string GetWeather([Description("Name of the city")] string city)
    {
        Cities.Add(city);
        return Report;
    }
}
