using System.Text.RegularExpressions;
using LlamaFp4.Provider.Prompting;
using Microsoft.Extensions.AI;
using static LlamaFp4.Provider.Tests.Prompting.Prompts;

namespace LlamaFp4.Provider.Tests.Prompting;

public partial class PromptEncodingTests
{
    private static readonly ChatMessage[] Conversation =
    [
        SystemText("Be 日 brief. 🦙"),
        User("How  high is\n\n22 m?"),
        Assistant(new TextContent("Hm."), Call("1", "height", """{"of":"mast"}""")),
        Results(Result("1", "\n22")),
        User(""),
    ];

    [Fact]
    public void Encode_Conversation_DecodesToTheRenderedPrompt()
    {
        var template = new PromptTemplate(TestTokenizer.Instance);

        int[] tokenIds = template.Encode(Conversation, With(Tool("height")));

        Assert.Equal(template.Render(Conversation, With(Tool("height"))), TestTokenizer.Instance.Decode(tokenIds, keepSpecialTokens: true));
    }

    [Fact]
    public void Encode_TextBetweenControlTokens_IsEncodedInOnePiece()
    {
        var template = new PromptTemplate(TestTokenizer.Instance);
        var options = With(Tool("height"));
        List<int> expected = [];
        foreach (string piece in ControlToken().Split(template.Render(Conversation, options)).Where(piece => piece.Length > 0))
        {
            if (TestTokenizer.Instance.TryGetSpecialToken(piece, out int tokenId))
            {
                expected.Add(tokenId);
            }
            else
            {
                TestTokenizer.Instance.Encode(piece, expected);
            }
        }

        int[] tokenIds = template.Encode(Conversation, options);

        Assert.Contains(TestTokenizer.Instance.Encode("}\n\n").Single(), tokenIds);
        Assert.Equal(expected, tokenIds);
    }

    [Fact]
    public void Encode_Conversation_BeginsOnce()
    {
        int begin = TestTokenizer.Instance.SpecialTokens.BeginOfText;

        int[] tokenIds = new PromptTemplate(TestTokenizer.Instance).Encode(Conversation);

        Assert.Equal(begin, tokenIds[0]);
        Assert.Single(tokenIds, begin);
    }

    [Fact]
    public void Encode_LongerConversation_BeginsWithTheShorterOne()
    {
        var template = new PromptTemplate(TestTokenizer.Instance);
        var options = With(Tool("height"));
        int[] whole = template.Encode(Conversation, options);

        for (int count = 2; count < Conversation.Length; count++)
        {
            int[] part = new PromptTemplate(TestTokenizer.Instance, new() { AddGenerationPrompt = false }).Encode(Conversation.Take(count), options);

            Assert.Equal(part, whole[..part.Length]);
        }
    }

    [Fact]
    public async Task Encode_ManyAtOnce_GivesTheSameIds()
    {
        var template = new PromptTemplate(TestTokenizer.Instance);
        int[] expected = template.Encode(Conversation);

        int[][] all = await Task.WhenAll(Enumerable.Range(0, 32).Select(_ =>
            Task.Run(() => template.Encode(Conversation), TestContext.Current.CancellationToken)));

        Assert.All(all, tokenIds => Assert.Equal(expected, tokenIds));
    }

    [GeneratedRegex(@"(<\|[a-z_]+\|>)")]
    private static partial Regex ControlToken();
}
