using System.Runtime.InteropServices;

namespace LlamaFp4.Bench.LlamaCpp.Interop;

/// <summary>The part of llama.h that the comparison calls.</summary>
internal static unsafe partial class Llama
{
    public const string Library = "llama";

    [LibraryImport(Library)]
    internal static partial void llama_backend_init();

    [LibraryImport(Library)]
    internal static partial void llama_log_set(delegate* unmanaged<int, byte*, void*, void> callback, void* data);

    [LibraryImport(Library)]
    internal static partial LlamaModelParams llama_model_default_params();

    [LibraryImport(Library)]
    internal static partial LlamaContextParams llama_context_default_params();

    /// <summary>The caller frees the model; null if the file cannot be read.</summary>
    [LibraryImport(Library, StringMarshalling = StringMarshalling.Utf8)]
    internal static partial void* llama_model_load_from_file(string path, LlamaModelParams parameters);

    [LibraryImport(Library)]
    internal static partial void llama_model_free(void* model);

    [LibraryImport(Library)]
    internal static partial void* llama_model_get_vocab(void* model);

    [LibraryImport(Library)]
    internal static partial int llama_vocab_n_tokens(void* vocabulary);

    /// <summary>The caller frees the context, before the model.</summary>
    [LibraryImport(Library)]
    internal static partial void* llama_init_from_model(void* model, LlamaContextParams parameters);

    [LibraryImport(Library)]
    internal static partial void llama_free(void* context);

    [LibraryImport(Library)]
    internal static partial void llama_set_n_threads(void* context, int threads, int batchThreads);

    /// <summary>Belongs to the context.</summary>
    [LibraryImport(Library)]
    internal static partial void* llama_get_memory(void* context);

    [LibraryImport(Library)]
    internal static partial void llama_memory_clear(void* memory, byte data);

    /// <summary>The caller frees the batch.</summary>
    [LibraryImport(Library)]
    internal static partial LlamaBatch llama_batch_init(int tokens, int embedding, int sequences);

    [LibraryImport(Library)]
    internal static partial void llama_batch_free(LlamaBatch batch);

    /// <summary>0 if it succeeded.</summary>
    [LibraryImport(Library)]
    internal static partial int llama_decode(void* context, LlamaBatch batch);

    [LibraryImport(Library)]
    internal static partial void llama_synchronize(void* context);
}

/// <summary>llama_model_params, passed on as its defaults came; larger than the original of any version, as the callee reads no more than it knows.</summary>
[StructLayout(LayoutKind.Sequential, Size = 256)]
internal struct LlamaModelParams;

/// <summary>The head of llama_context_params, the same in all versions; what follows stays as its defaults came.</summary>
[StructLayout(LayoutKind.Sequential, Size = 512)]
internal struct LlamaContextParams
{
    public uint ContextTokens;
    public uint BatchTokens;
    public uint MicroBatchTokens;
    public uint MaxSequences;
}

/// <summary>llama_batch: arrays of one entry per token.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct LlamaBatch
{
    public int Count;
    public int* Tokens;
    public float* Embeddings;
    public int* Positions;
    public int* SequenceCounts;
    public int** Sequences;
    public sbyte* WantsLogits;
}
