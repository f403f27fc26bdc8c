namespace AgentDemo.Terminal;

/// <summary>What a person types, line by line, for one reader at a time.</summary>
internal sealed class TypedLines(TextReader input)
{
    // A console cannot be told to stop reading, so a read that nobody waits for any longer is the next reader's.
    private Task<string?>? _reading;

    /// <returns><see langword="null"/> at the end of the input.</returns>
    public string? Read()
    {
        if (_reading is not { } givenUp)
        {
            return input.ReadLine();
        }

        _reading = null;
        return givenUp.GetAwaiter().GetResult() ?? input.ReadLine(); // On Windows Ctrl+C ends the read, but not the input.
    }

    /// <inheritdoc cref="Read"/>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        _reading ??= Task.Run(input.ReadLine, CancellationToken.None);
        var line = await _reading.WaitAsync(cancellationToken);
        _reading = null;
        return line;
    }
}
