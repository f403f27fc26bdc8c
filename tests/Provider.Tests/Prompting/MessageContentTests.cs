using System.Text;
using LlamaFp4.Native.Sessions;
using Microsoft.Extensions.AI;
using static LlamaFp4.Provider.Tests.Prompting.Prompts;

namespace LlamaFp4.Provider.Tests.Prompting;

public class MessageContentTests
{
    [Fact]
    public void Render_SeveralTexts_AreJoinedWithoutSeparator() =>
        Assert.Equal(Turns([User("one two")]), Turns([Of(new TextContent("on"), new TextContent("e tw"), new TextContent("o"))]));

    [Fact]
    public void Render_EmptyMessages_AreEmptyTurns() =>
        Assert.Equal(
            "<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n<|eot_id|><|start_header_id|>user<|end_header_id|>\n\n<|eot_id|>" +
            "<|start_header_id|>assistant<|end_header_id|>\n\n<|eot_id|><|start_header_id|>assistant<|end_header_id|>\n\n",
            Turns([Of(), User(" "), new(ChatRole.Assistant, (string?)null)]));

    [Fact]
    public void Render_WhatTheModelDoesNotRead_IsLeftOut() =>
        Assert.Equal(
            Turns([User("Hi")]),
            Turns([
                Of(new TextReasoningContent("thinking"), new TextContent("Hi"), new UsageContent(), new ErrorContent("slow") { ErrorCode = "Timeout" }, new AIContent()),
                Assistant(new UsageContent()),
                Assistant(new TextReasoningContent("nothing else"), new HostedFileContent("file-1")),
            ]));

    [Fact]
    public void Render_Refusal_IsText() =>
        Assert.Equal(
            Turns([new(ChatRole.Assistant, "I would rather not.")]),
            Turns([Assistant(new ErrorContent("I would rather not.") { ErrorCode = "Refusal" })]));

    [Theory]
    [InlineData("text/plain")]
    [InlineData("text/csv; charset=utf-8")]
    [InlineData("Text/Markdown;charset=\"UTF-8\"")]
    [InlineData("text/html;charset=us-ascii")]
    public void Render_InlineText_IsRead(string mediaType) =>
        Assert.Equal(Turns([User("See: a,b")]), Turns([Of(new TextContent("See: "), new DataContent(Encoding.UTF8.GetBytes("a,b"), mediaType))]));

    [Theory]
    [InlineData("image/png")]
    [InlineData("application/json")]
    [InlineData("text/plain;charset=utf-16")]
    public void Render_OtherData_IsRefusedByMediaType(string mediaType)
    {
        var error = Assert.Throws<FeatureNotSupportedException>(() => Turns([Of(new DataContent(new byte[] { 1 }, mediaType))]));

        Assert.Contains(mediaType, error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Render_Link_IsRefusedByMediaType() =>
        Assert.Contains(
            "image/jpeg",
            Assert.Throws<FeatureNotSupportedException>(() => Turns([Of(new UriContent("https://example.org/cat.jpg", "image/jpeg"))])).Message,
            StringComparison.Ordinal);

    [Fact]
    public void Render_ImageInAResult_IsRefusedByMediaType() =>
        Assert.Contains(
            "image/gif",
            Assert.Throws<FeatureNotSupportedException>(() =>
                Turns([Results(Result("1", new List<AIContent> { new TextContent("a"), new DataContent(new byte[] { 1 }, "image/gif") }))])).Message,
            StringComparison.Ordinal);

    private static ChatMessage Of(params AIContent[] contents) => new(ChatRole.User, contents);
}
