using LlamaFp4.Native.Cpu;
using Spectre.Console;

namespace AgentDemo.Terminal;

/// <summary>A progress bar for checkpoints that take a while.</summary>
internal sealed class LoadingBar(IAnsiConsole console) : IProgress<LoadProgress>
{
    private ProgressTask? _task;

    /// <summary>Shows the bar while <paramref name="load"/> runs; without a terminal it just runs.</summary>
    public Task<T> ShowAsync<T>(Func<Task<T>> load) =>
        !console.Profile.Out.IsTerminal ? load() : console.Progress().AutoClear(true).StartAsync(context =>
        {
            _task = context.AddTask("Loading", maxValue: 1);
            return load();
        });

    public void Report(LoadProgress value)
    {
        if (_task is { } task)
        {
            task.Description = Markup.Escape(value.Stage);
            task.Value = value.Fraction;
        }
    }
}
