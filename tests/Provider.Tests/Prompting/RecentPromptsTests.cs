using LlamaFp4.Provider.Prompting;

namespace LlamaFp4.Provider.Tests.Prompting;

public class RecentPromptsTests
{
    [Fact]
    public void ALongConversation_DoesNotPushOutAnother()
    {
        RecentPrompts recent = new();
        Add(recent, Conversation("first", 2));
        for (var turns = 1; turns <= 100; turns++)
        {
            Add(recent, Conversation("second", turns));
        }

        Assert.Equal(2, CommonMarks(recent, Conversation("first", 3)));
        Assert.Equal(100, CommonMarks(recent, Conversation("second", 101)));
    }

    [Fact]
    public void AConversationThatWentOnInTwoWays_KeepsBoth()
    {
        RecentPrompts recent = new();
        Add(recent, Conversation("first", 5));
        Add(recent, Conversation("first", 3) + Conversation("second", 3));

        Assert.Equal(5, CommonMarks(recent, Conversation("first", 6)));
        Assert.Equal(6, CommonMarks(recent, Conversation("first", 3) + Conversation("second", 4)));
    }

    private static string Conversation(string name, int turns) =>
        string.Concat(Enumerable.Range(1, turns).Select(turn => $"{name} {turn}".PadRight(1000) + "|"));

    // A prompt with a mark at each bar, and one id up to each mark.
    private static void Add(RecentPrompts recent, string text)
    {
        var marks = Marks(text);
        int[] ends = [.. marks.Select((_, i) => i + 1)];
        recent.Add(text.AsMemory(), marks, ends, ends);
    }

    private static int CommonMarks(RecentPrompts recent, string text)
    {
        var marks = Marks(text);
        var (common, tokenIds) = recent.FindCommonBeginning(text, [.. marks], new int[marks.Count]);

        Assert.Equal(common, tokenIds.Length);
        return common;
    }

    private static List<(int Position, int TokenId)> Marks(string text) =>
        [.. text.Index().Where(entry => entry.Item == '|').Select(entry => (entry.Index, 7))];
}
