using LlamaFp4.Native.Tokenization;
using LlamaFp4.Tests.Shared;

namespace LlamaFp4.Provider.Tests.Prompting;

/// <summary>A tokenizer in which it shows whether neighbouring texts are encoded together.</summary>
internal static class TestTokenizer
{
    public static LlamaTokenizer Instance { get; } = TinyTokenizer.Create("\n\n", "}\n", "}\n\n", "us", "er", "user", " is");
}
