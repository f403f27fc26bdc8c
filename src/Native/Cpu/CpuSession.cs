using System.Collections.Frozen;
using LlamaFp4.Native.Checkpoint;
using LlamaFp4.Native.Cpu.Scheduling;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Cpu;

/// <summary>The embedded engine: runs an NVFP4 Llama checkpoint on the CPU.</summary>
/// <remarks>
/// <para>Weights are used in the mapped file, in the file's own layout; resident memory is about the size of the file, plus the KV
/// cache as it fills. The files must not be changed while the session lives.</para>
/// <para>Requests run together: they join and leave between two steps, long prompts are computed in parts, and a prompt that begins
/// like an earlier one pays only for the rest. The tokens of a seeded or greedy request do not depend on what else runs.</para>
/// <para>Control tokens are not generated, except stop tokens and <c>&lt;|python_tag|&gt;</c>; an entry for one in
/// <see cref="GenerationRequest.LogitBias"/>, even of 0, allows it.</para>
/// <para>If a step of the engine fails, its requests end with <see cref="GenerationFailedException"/>; the session stays usable.</para>
/// </remarks>
public sealed class CpuSession : ITokenSession
{
    private readonly LlamaCheckpoint _checkpoint;
    private readonly EngineRuntime _runtime;
    private readonly GuideCompiler _guides;
    private readonly FrozenSet<int> _controlTokenIds;
    private int _isDisposed;

    private CpuSession(LlamaCheckpoint checkpoint, LlamaTokenizer tokenizer, EngineRuntime runtime)
    {
        _checkpoint = checkpoint;
        _runtime = runtime;
        _guides = new GuideCompiler(tokenizer);
        Tokenizer = tokenizer;

        // What follows a python tag is part of the answer: code, or a call of a built-in tool.
        _controlTokenIds = tokenizer.SpecialIds.Except([tokenizer.SpecialTokens.PythonTag]).ToFrozenSet();
    }

    /// <inheritdoc/>
    public ModelInfo Model => _runtime.Model;

    /// <inheritdoc/>
    public LlamaTokenizer Tokenizer { get; }

    /// <inheritdoc/>
    public SessionHealth Health => Volatile.Read(ref _isDisposed) == 0
        ? _runtime.Health
        : new SessionHealth { IsUsable = false, HasRoom = false, Description = "Disposed" };

    /// <summary>Opens a checkpoint directory.</summary>
    /// <param name="checkpointDirectory">Directory with config, tokenizer and safetensors files as NVIDIA ModelOpt exports them.</param>
    /// <param name="options">Threads, context, numerics; <see langword="null"/> for the defaults. Read completely before the call returns.</param>
    /// <param name="progress">Told as loading goes on.</param>
    /// <exception cref="ArgumentException"><paramref name="checkpointDirectory"/> is null, empty or blank.</exception>
    /// <exception cref="CheckpointException">The checkpoint cannot be used.</exception>
    /// <exception cref="ArgumentOutOfRangeException">An option is out of its range.</exception>
    /// <exception cref="PlatformNotSupportedException">This system cannot pin threads.</exception>
    public static CpuSession Load(string checkpointDirectory, CpuSessionOptions? options = null, IProgress<LoadProgress>? progress = null)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(checkpointDirectory);
        options ??= new CpuSessionOptions();
        options.Validate();

        progress?.Report(new LoadProgress(0, "Reading and checking the checkpoint"));
        var checkpoint = LlamaCheckpoint.Open(checkpointDirectory);
        EngineRuntime? runtime = null;
        try
        {
            progress?.Report(new LoadProgress(0.6, "Reading the tokenizer"));
            var tokenizer = LlamaTokenizer.Load(checkpointDirectory);
            tokenizer.RequireVocabularyOf(checkpoint.DirectoryPath, checkpoint.Config);

            progress?.Report(new LoadProgress(0.9, "Starting the engine"));
            runtime = new EngineRuntime(checkpoint, options);
            var session = new CpuSession(checkpoint, tokenizer, runtime);
            progress?.Report(new LoadProgress(1, "Ready"));
            return session;
        }
        catch
        {
            runtime?.Dispose();
            checkpoint.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public IAsyncEnumerable<TokenDelta> GenerateAsync(GenerationRequest request, CancellationToken cancellationToken = default)
    {
        ObjectDisposedException.ThrowIf(Volatile.Read(ref _isDisposed) != 0, this);
        var plan = GenerationPlan.Create(request, Model, _checkpoint.Config, _guides, _controlTokenIds);
        cancellationToken.ThrowIfCancellationRequested();
        return _runtime.Generate(plan, cancellationToken);
    }

    /// <summary>Ends running requests with <see cref="ObjectDisposedException"/>, waits for the current step, and unmaps the weights.</summary>
    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _runtime.Dispose();
            _checkpoint.Dispose();
        }
    }
}
