using System.ComponentModel;
using System.Globalization;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.House;

/// <summary>The time of day, from a clock that a test can stop.</summary>
internal sealed class ClockPlugin(TimeProvider clock)
{
    [KernelFunction, Description("Get the current time")]
    public string GetTime() => clock.GetLocalNow().ToString("HH:mm", CultureInfo.InvariantCulture);
}
