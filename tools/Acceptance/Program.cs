using LlamaFp4.Acceptance;
using LlamaFp4.Native.Sessions;

if (!AcceptanceOptions.TryParse(args, out var options, out var complaint))
{
    Console.Error.WriteLine(complaint);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(AcceptanceOptions.Usage);
    return 0;
}

using var stop = new CancellationTokenSource();
Console.CancelKeyPress += (_, press) =>
{
    press.Cancel = true;
    stop.Cancel();
};
try
{
    return await new AcceptanceProgram(options, Console.Out).RunAsync(stop.Token);
}
catch (Exception exception) when (exception is LlamaFp4Exception or ArgumentException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine(exception.Message);
    return 2;
}
catch (OperationCanceledException)
{
    Console.Error.WriteLine("Cancelled; no report was written.");
    return 2;
}
