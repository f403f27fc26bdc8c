using System.Text.Json;
using LlamaFp4.Provider.Decoding;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Decoding;

public class UpdateContentsTests
{
    [Fact]
    public void AnyChanges_GiveWhatTheyGiveInAList()
    {
        var random = new Random(5);
        AIContent[] items = [.. Enumerable.Range(0, 4).Select(i => new TextContent($"{i}"))];
        for (var round = 0; round < 500; round++)
        {
            List<AIContent> expected = [items[0]];
            UpdateContents actual = new(items[0]);
            for (var step = 0; step < 6; step++)
            {
                var change = RandomChange(random, items, expected.Count);
                change(expected);
                change(actual);

                Assert.Equal(expected, actual);
                Assert.Equal(expected.Count, actual.Count);
                Assert.Equal(expected, Enumerable.Range(0, actual.Count).Select(i => actual[i]));
                Assert.Equal(expected, CopyOf(actual));
                Assert.Equal(items.Select(item => expected.IndexOf(item)), items.Select(item => actual.IndexOf(item)));
                Assert.Equal(items.Select(item => expected.Contains(item)), items.Select(item => actual.Contains(item)));
            }
        }
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(1)]
    public void Indexer_OutsideTheOneContent_Throws(int index)
    {
        UpdateContents contents = new(new TextContent("a"));

        Assert.Throws<ArgumentOutOfRangeException>(() => contents[index]);
        Assert.Throws<ArgumentOutOfRangeException>(() => contents[index] = new TextContent("b"));
    }

    [Fact]
    public void Update_IsWrittenAsJsonLikeOneWithAList()
    {
        TextContent text = new("a");
        ChatResponseUpdate expected = new(ChatRole.Assistant, [text]);
        ChatResponseUpdate actual = new(ChatRole.Assistant, new UpdateContents(text));

        Assert.Equal(Write(expected), Write(actual));
    }

    private static string Write(ChatResponseUpdate update) => JsonSerializer.Serialize(update, AIJsonUtilities.DefaultOptions);

    private static Action<IList<AIContent>> RandomChange(Random random, AIContent[] items, int count)
    {
        var item = items[random.Next(items.Length)];
        var index = random.Next(count);
        return (count == 0 ? 0 : random.Next(6)) switch
        {
            0 => list => list.Add(item),
            1 => list => list.Insert(index, item),
            2 => list => list.Remove(item),
            3 => list => list.RemoveAt(index),
            4 => list => list[index] = item,
            _ => list => list.Clear(),
        };
    }

    private static AIContent[] CopyOf(UpdateContents contents)
    {
        var copy = new AIContent[contents.Count + 1];
        contents.CopyTo(copy, 1);
        return copy[1..];
    }
}
