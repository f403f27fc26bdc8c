using System.ComponentModel;
using LlamaFp4.Native.Cpu;
using LlamaFp4.PocketModel;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LlamaFp4.Extensions.Tests;

/// <summary>What the README promises, with the real pocket model.</summary>
public class PocketModelTests
{
    private static CancellationToken CancellationToken => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Pocket_model_calls_a_tool_and_answers_from_its_result()
    {
        List<string> cities = [];
        var services = new ServiceCollection();
        services.AddLlamaFp4ChatClient(options => options.Temperature = 0).UseFunctionInvocation();
        await using var provider = services.BuildServiceProvider();
        var client = provider.GetRequiredService<IChatClient>();
        var tool = AIFunctionFactory.Create(GetWeather);

        var response = await client.GetResponseAsync("What is the weather in Nairobi?", new ChatOptions { Tools = [tool] }, CancellationToken);

        Assert.Equal(["Nairobi"], cities);
        Assert.Contains("23", response.Text, StringComparison.Ordinal);
        Assert.Contains("windy", response.Text, StringComparison.Ordinal);

        [Description("Gets the current weather for a city")]
        string GetWeather([Description("Name of the city")] string city)
        {
            cities.Add(city);
            return "23 degrees and windy";
        }
    }

    [Fact]
    public async Task Pocket_model_warns_once_and_names_the_setting()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddFakeLogging());
        services.AddLlamaFp4ChatClient();
        services.AddLlamaFp4ChatClient();
        services.AddKeyedLlamaFp4ChatClient("again");
        await using var provider = services.BuildServiceProvider();

        await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);
        await provider.LoadLlamaFp4Async("again", CancellationToken);

        var warning = Assert.Single(provider.GetFakeLogCollector().GetSnapshot(), record => record.Level >= LogLevel.Warning);
        Assert.Equal(LogLevel.Warning, warning.Level);
        Assert.Contains("Set LlamaFp4:Model to the directory", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pocket_model_of_a_keyed_client_names_the_keyed_setting()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddFakeLogging());
        services.AddKeyedLlamaFp4ChatClient("small");
        await using var provider = services.BuildServiceProvider();

        await provider.LoadLlamaFp4Async("small", CancellationToken);

        var warning = Assert.Single(provider.GetFakeLogCollector().GetSnapshot(), record => record.Level >= LogLevel.Warning);
        Assert.Contains("LlamaFp4:small:Model", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Pocket_model_reports_its_id_and_its_loading()
    {
        var progress = new ProgressLog();
        var services = new ServiceCollection();
        services.AddSingleton<IProgress<LoadProgress>>(progress);
        services.AddLlamaFp4ChatClient();
        await using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<IChatClient>();
        var before = client.GetService<ChatClientMetadata>();
        await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);

        Assert.Equal(PocketCheckpoint.ModelId, before!.DefaultModelId);
        Assert.Equal(PocketCheckpoint.ModelId, client.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.Equal(1, progress.Reports[^1].Fraction);
    }

    [Fact]
    public async Task The_checkpoint_directory_may_be_named_as_any_other()
    {
        var services = new ServiceCollection();
        services.AddLogging(logging => logging.AddFakeLogging());
        services.AddLlamaFp4ChatClient(options => options.Model = PocketCheckpoint.DirectoryPath);
        await using var provider = services.BuildServiceProvider();

        var client = provider.GetRequiredService<IChatClient>();
        var before = client.GetService<ChatClientMetadata>();
        await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);

        Assert.Equal("pocket", before!.DefaultModelId);
        Assert.Equal("pocket", client.GetService<ChatClientMetadata>()!.DefaultModelId);
        Assert.DoesNotContain(provider.GetFakeLogCollector().GetSnapshot(), record => record.Level >= LogLevel.Warning);
    }

    [Fact]
    public async Task A_checkpoint_with_another_chat_template_is_warned_about()
    {
        var directory = Directory.CreateTempSubdirectory("foreign-template-");
        try
        {
            foreach (var file in Directory.EnumerateFiles(PocketCheckpoint.DirectoryPath))
            {
                File.Copy(file, Path.Combine(directory.FullName, Path.GetFileName(file)));
            }

            await File.WriteAllTextAsync(Path.Combine(directory.FullName, "chat_template.jinja"), "{{ messages }}", CancellationToken);
            var services = new ServiceCollection();
            services.AddLogging(logging => logging.AddFakeLogging());
            services.AddLlamaFp4ChatClient(options => options.Model = directory.FullName);
            await using var provider = services.BuildServiceProvider();

            await provider.LoadLlamaFp4Async(cancellationToken: CancellationToken);

            var warning = Assert.Single(provider.GetFakeLogCollector().GetSnapshot(), record => record.Level >= LogLevel.Warning);
            Assert.Contains(directory.FullName, warning.Message, StringComparison.Ordinal);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private sealed class ProgressLog : IProgress<LoadProgress>
    {
        public List<LoadProgress> Reports { get; } = [];

        public void Report(LoadProgress value) => Reports.Add(value);
    }
}
