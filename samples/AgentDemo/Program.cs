using System.Text;
using AgentDemo;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.SemanticKernel;
using Spectre.Console;

if (!DemoOptions.TryParse(args, out var options, out var complaint))
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
var screen = new Screen(AnsiConsole.Console);
try
{
    if (options.Doctor)
    {
        return await new Doctor(screen).ExamineAsync(options, CancellationToken.None);
    }

    var loading = new LoadingBar(AnsiConsole.Console);
    await using var services = House.CreateServices(options.Model, loading);
    var session = await loading.ShowAsync(() => services.LoadLlamaFp4Async());
    var agent = new HouseAgent(services.GetRequiredService<Kernel>());
    var conversation = new Conversation(agent, screen, services.GetRequiredService<ToolCallFilter>());
    screen.Welcome(session.Model, isPocket: options.Model is null);

    if (options.Prompt is { } prompt)
    {
        await conversation.AskAsync(prompt, CancellationToken.None);
        return 0;
    }

    if (Console.IsInputRedirected)
    {
        return await ScriptedConversation.Default.PlayAsync(conversation, screen) ? 0 : 1;
    }

    await conversation.TalkAsync();
    return 0;
}
catch (Exception failure) when (failure is LlamaFp4Exception or OptionsValidationException)
{
    Console.Error.WriteLine(failure.Message);
    return 1;
}
