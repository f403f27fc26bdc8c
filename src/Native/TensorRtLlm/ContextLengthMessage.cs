namespace LlamaFp4.Native.TensorRtLlm;

/// <summary>Tells by its words that an engine found a request too long: no wire format has a code for it.</summary>
internal static class ContextLengthMessage
{
    // From TensorRT-LLM 1.2.1 and 1.3.0rc29: "… should not exceed max_num_tokens (8192)", "default_max_tokens (-3) must be greater than 0 … max_seq_len (…)";
    // afterwards OpenAI's words: "This model's maximum context length is 8192 tokens. However, your messages resulted in …".
    private static readonly string[] Signs = ["should not exceed max_num_tokens", "max_seq_len", "max_input_len", "should not exceed max_seq", "maximum context length"];

    public static bool Matches(string message) => Signs.Any(sign => message.Contains(sign, StringComparison.OrdinalIgnoreCase));
}
