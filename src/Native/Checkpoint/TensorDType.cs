namespace LlamaFp4.Native.Checkpoint;

/// <summary>Element types of safetensors files that a Llama checkpoint uses.</summary>
internal enum TensorDType
{
    BF16,
    F16,
    F32,
    U8,
    F8E4M3,
}
