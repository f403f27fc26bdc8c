#pragma warning disable xUnit1051 // The examples are what a newcomer writes, without cancellation.

using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.PocketModel;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of the packages' own pages (PACKAGE.md) that are not those of docs/getting-started.md, compiled and run.</summary>
public class PackageTests
{
    [Fact]
    public async Task A_session_continues_tokens()
    {
        var checkpointDirectory = PocketCheckpoint.DirectoryPath;

        using var session = CpuSession.Load(checkpointDirectory);
        int[] prompt = [session.Tokenizer.SpecialTokens.BeginOfText, .. session.Tokenizer.Encode("Oslo is the capital of")];

        var answer = new StreamingDetokenizer(session.Tokenizer);
        await foreach (var delta in session.GenerateAsync(new() { PromptTokenIds = prompt, MaxNewTokens = 16 }))
        {
            Console.Write(answer.Append(delta.TokenIds.Span));
        }

        Assert.NotEmpty(Console.Printed);
    }

    [Fact]
    public async Task A_client_answers_over_a_session()
    {
        var checkpointDirectory = PocketCheckpoint.DirectoryPath;

        using var session = CpuSession.Load(checkpointDirectory);
        using var client = new LlamaFp4ChatClient(session);

        Console.WriteLine(await client.GetResponseAsync("What is the capital of Norway?"));

        Assert.Contains("Oslo", Console.Printed, StringComparison.Ordinal);
    }

    [Fact]
    public void The_pocket_model_lies_beside_the_program()
    {
        using var session = CpuSession.Load(PocketCheckpoint.DirectoryPath);

        Assert.Equal(4096, session.Model.ContextLength);
    }
}
