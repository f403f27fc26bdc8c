using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace AgentDemo.Plugins;

/// <summary>The lights of a house. The functions change real state, so that the next question sees what the last one did.</summary>
internal sealed class LightsPlugin
{
    private readonly SortedDictionary<string, int> _percentByRoom = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bedroom"] = 0,
        ["hall"] = 100,
        ["kitchen"] = 0,
        ["living room"] = 60,
    };

    [KernelFunction, Description("Lists all lights and their state")]
    public string ListLights() => string.Join(", ", _percentByRoom.Select(light => $"{light.Key} {Describe(light.Value)}"));

    [KernelFunction, Description("Turns on the light in a room")]
    public string TurnOn([Description("The room")] string room) => Set(room, 100);

    [KernelFunction, Description("Turns off the light in a room")]
    public string TurnOff([Description("The room")] string room) => Set(room, 0);

    [KernelFunction, Description("Sets the brightness of the light in a room")]
    public string SetBrightness([Description("The room")] string room, [Description("Brightness from 0 to 100")] int percent) =>
        percent is >= 0 and <= 100 ? Set(room, percent) : $"Error: {percent} is not between 0 and 100.";

    private string Set(string room, int percent)
    {
        // The answer is what the model reads: an unknown room is something it can tell the user about, not a crash.
        if (!_percentByRoom.ContainsKey(room))
        {
            return $"Error: There is no light in the {room}.";
        }

        _percentByRoom[room] = percent;
        return $"The {room} light is {Describe(percent)}.";
    }

    private static string Describe(int percent) => percent switch
    {
        0 => "off",
        100 => "on",
        _ => $"at {percent} percent",
    };
}
