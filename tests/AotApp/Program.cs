using System.ComponentModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

// Published with NativeAOT and run by continuous integration: hosting, provider and CPU session, with a tool call. Exit code 0 says that it went well.
var calls = 0;

[Description("Gets the current weather for a city")]
string GetWeather([Description("Name of the city")] string city)
{
    calls++;
    return $"6 degrees and snowy in {city}";
}

var builder = Host.CreateApplicationBuilder(args);
builder.Services.AddLlamaFp4ChatClient().UseFunctionInvocation();
using var host = builder.Build();
await host.StartAsync();

var client = host.Services.GetRequiredService<IChatClient>();
var answer = await client.GetResponseAsync("What is the weather in Oslo?", new ChatOptions { Tools = [AIFunctionFactory.Create(GetWeather)] });
Console.WriteLine(answer);

await host.StopAsync();
return calls == 1 && answer.Text.Contains("snowy", StringComparison.Ordinal) ? 0 : 1;
