using LlamaFp4.Native.Tokenization;
using LlamaFp4.PocketModel;

namespace LlamaFp4.Bench.Chat;

/// <summary>Measures the chat layer without an engine: streaming an answer and building a prompt.</summary>
internal static class ChatBench
{
    public static async Task RunAsync(bool asJson)
    {
        var tokenizer = LlamaTokenizer.Load(PocketCheckpoint.DirectoryPath);
        var answers = await AnswerBench.RunAsync(tokenizer);
        var report = ChatReport.Create(answers, PromptBench.Run(tokenizer));
        Console.WriteLine(asJson ? report.ToJson() : report.ToTable());
    }
}
