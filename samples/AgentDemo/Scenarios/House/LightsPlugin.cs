using System.ComponentModel;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.House;

/// <summary>The lights of a house. The functions change real state, so that the next question sees what the last one did.</summary>
/// <remarks>A very small model reads names before descriptions: "SwitchLight" and "DimLight" are easier to tell apart than "TurnOn" and "TurnOff".</remarks>
internal sealed class LightsPlugin
{
    private readonly SortedDictionary<string, int> _percentByRoom = new(StringComparer.OrdinalIgnoreCase)
    {
        ["bedroom"] = 0,
        ["hall"] = 100,
        ["kitchen"] = 0,
        ["living room"] = 60,
    };

    [KernelFunction, Description("List the rooms of the house")]
    public string ListRooms() => $"{string.Join(", ", _percentByRoom.Keys.SkipLast(1))} and {_percentByRoom.Keys.Last()}";

    [KernelFunction, Description("Turn the light in a room on or off")]
    public string SwitchLight([Description("the room")] string room, [Description("true for on, false for off")] bool on) =>
        Set(room, on ? 100 : 0);

    [KernelFunction, Description("Set the brightness of a light in percent")]
    public string DimLight([Description("the room")] string room, [Description("brightness from 0 to 100")] int percent) =>
        percent is >= 0 and <= 100 ? Set(room, percent) : $"Error: {percent} is not between 0 and 100.";

    private string Set(string room, int percent)
    {
        var name = room.StartsWith("the ", StringComparison.OrdinalIgnoreCase) ? room["the ".Length..] : room;

        // The answer is what the model reads: an unknown room is something it can tell the user about, not a crash.
        if (!_percentByRoom.TryGetValue(name, out var before))
        {
            return $"Error: There is no light in the {name}.";
        }

        _percentByRoom[name] = percent;
        return $"The {name} light is {(before == percent ? "already " : "")}{Describe(percent)}.";
    }

    private static string Describe(int percent) => percent switch
    {
        0 => "off",
        100 => "on",
        _ => $"at {percent} percent",
    };
}
