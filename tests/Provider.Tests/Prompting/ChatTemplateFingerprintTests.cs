using LlamaFp4.Provider.Prompting;

namespace LlamaFp4.Provider.Tests.Prompting;

public sealed class ChatTemplateFingerprintTests : IDisposable
{
    private readonly DirectoryInfo _checkpoint = Directory.CreateTempSubdirectory("llamafp4-template-");

    public void Dispose() => _checkpoint.Delete(recursive: true);

    [Fact]
    public void Identify_NoFiles_IsAbsent() => Assert.Equal(ChatTemplateOrigin.Absent, Identify());

    [Theory]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("""{"chat_template": null}""")]
    [InlineData("""{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default"}, 7]}""")]
    public void Identify_ConfigWithoutTemplate_IsAbsent(string config)
    {
        Write("tokenizer_config.json", config);

        Assert.Equal(ChatTemplateOrigin.Absent, Identify());
    }

    [Theory]
    [InlineData("""{"chat_template": "{{ messages }}"}""")]
    [InlineData("""{"chat_template": [{"name": "tool_use", "template": "x"}, {"name": "default", "template": "y"}]}""")]
    public void Identify_OtherTemplateInConfig_IsForeign(string config)
    {
        Write("tokenizer_config.json", config);

        Assert.Equal(ChatTemplateOrigin.Foreign, Identify());
    }

    [Fact]
    public void Identify_TemplateFile_GoesBeforeTheConfig()
    {
        Write("tokenizer_config.json", "{}");
        Write("chat_template.jinja", "{{ messages }}");

        Assert.Equal(ChatTemplateOrigin.Foreign, Identify());
    }

    // The template itself is Llama material and not part of this repository, so the hash is tested on another text.
    [Theory]
    [InlineData("abc")]
    [InlineData("abc\n")]
    public void Sha256_OneFinalNewline_DoesNotCount(string template) =>
        Assert.Equal("BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD", ChatTemplateFingerprint.Sha256(template));

    [Fact]
    public void Sha256_SecondFinalNewline_Counts() =>
        Assert.Equal("EDEAAFF3F1774AD2888673770C6D64097E391BC362D7D6FB34982DDF0EFD18CB", ChatTemplateFingerprint.Sha256("abc\n\n"));

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_checkpoint.FullName, name), text);

    private ChatTemplateOrigin Identify() => ChatTemplateFingerprint.Identify(_checkpoint.FullName);
}
