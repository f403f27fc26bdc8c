using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.House;

/// <summary>Weather from a small table: the same answer every time, and no network.</summary>
internal sealed class WeatherPlugin
{
    private readonly Dictionary<string, string> _weatherByCity = new(StringComparer.OrdinalIgnoreCase)
    {
        ["Berlin"] = "17 degrees and cloudy",
        ["Cairo"] = "31 degrees and sunny",
        ["Lisbon"] = "24 degrees and sunny",
        ["London"] = "14 degrees and rainy",
        ["New York"] = "19 degrees and windy",
        ["Oslo"] = "6 degrees and snowy",
        ["Paris"] = "18 degrees and cloudy",
        ["Sydney"] = "22 degrees and clear",
        ["Tokyo"] = "21 degrees and clear",
    };

    [KernelFunction, Description("Get the current weather for a city")]
    public string GetWeather([Description("name of the city")] string city) =>
        _weatherByCity.TryGetValue(city, out var weather) ? weather : $"Error: No weather station in {city}.";
}
