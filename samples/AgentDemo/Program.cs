using System.Text;
using AgentDemo;
using AgentDemo.Conversations;
using AgentDemo.Json;
using AgentDemo.Scenarios;
using AgentDemo.Terminal;
using AgentDemo.Web;
using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Spectre.Console;

if (!DemoOptions.TryParse(args, Console.IsInputRedirected, out var options, out var complaint))
{
    Console.Error.WriteLine(complaint);
    return 2;
}

if (options.Help)
{
    Console.WriteLine(DemoOptions.Usage);
    return 0;
}

Console.OutputEncoding = Encoding.UTF8;
try
{
    if (options.Doctor)
    {
        return await new Doctor(new Screen(AnsiConsole.Console)).ExamineAsync(options, CancellationToken.None);
    }

    var scenario = Scenario.Find(options.Agent)!;
    var loading = new LoadingBar(AnsiConsole.Console);
    if (options.Web)
    {
        await using var site = ChatSite.Create(scenario, options.Model, options.Port ?? DemoOptions.DefaultPort, AddLoading);
        await loading.ShowAsync(() => site.Services.LoadLlamaFp4Async());
        await site.StartAsync();
        Console.WriteLine($"The page is at {site.Urls.Single()} for programs of this machine only. Ctrl+C ends it.");
        await site.WaitForShutdownAsync();
        return 0;
    }

    var collection = new ServiceCollection();
    AddLoading(collection);
    await using var services = collection.AddAgent(scenario, options.Model).BuildServiceProvider();
    var session = await loading.ShowAsync(() => services.LoadLlamaFp4Async());
    var screen = new Screen(AnsiConsole.Console, options.IsTalk ? Console.In : null, options.Yes);
    if (!options.Json)
    {
        screen.Welcome(scenario, session.Model, isPocket: options.Model is null);
    }

    if (options.IsScript)
    {
        var failures = await scenario.Script.PlayAsync(services.StartConversation, screen);
        foreach (var failure in failures)
        {
            screen.Failure(failure);
        }

        return failures.Count == 0 ? 0 : 1;
    }

    IAudience audience = options.Json ? new JsonLines(Console.Out, options.Yes) : screen;
    var file = options.Conversation is { } path ? new ConversationFile(path, scenario) : null;
    var questions = options.Prompt is { } prompt ? [prompt] : options.Json ? Console.In.Lines() : screen.Questions();
    var areAnswered = await Talk.RunAsync(services.StartConversation(audience, file?.Load()), questions, file);
    return areAnswered || options.IsTalk ? 0 : 1;

    void AddLoading(IServiceCollection added) => added.AddSingleton<IProgress<LoadProgress>>(loading);
}
catch (Exception failure) when (failure is LlamaFp4Exception or OptionsValidationException or InvalidDataException or IOException or UnauthorizedAccessException)
{
    if (options is { Json: true, Doctor: false })
    {
        new JsonLines(Console.Out, allowsAll: false).See(new Failed(failure.Message));
    }
    else
    {
        Console.Error.WriteLine(failure.Message);
    }

    return 1;
}
