using System.Text.Json;
using AgentDemo.Conversations;

namespace AgentDemo.Json;

/// <summary>For programs: every event on a line of its own, and nothing else.</summary>
/// <param name="output">Where the lines go.</param>
/// <param name="allowsAll">Whether dangerous tools run. Nobody is there to be asked.</param>
internal sealed class JsonLines(TextWriter output, bool allowsAll) : IAudience
{
    public void See(AgentEvent happening)
    {
        output.WriteLine(JsonSerializer.Serialize(happening, AgentEventJson.Default.AgentEvent));
        output.Flush();
    }

    public ValueTask<bool> AllowsAsync(ToolCall call, CancellationToken cancellationToken) => new(allowsAll);
}

/// <summary>Lines of a reader, as they come.</summary>
internal static class TextReaderLines
{
    public static IEnumerable<string> Lines(this TextReader reader)
    {
        while (reader.ReadLine() is { } line)
        {
            yield return line;
        }
    }
}
