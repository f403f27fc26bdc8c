using LlamaFp4.Native.Cpu;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.Tests.Conformance;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>The contract of sessions over a wire, with the embedded engine behind it.</summary>
public abstract class WireConformanceTests(StandInProtocol protocol) : TokenSessionConformanceTests, IAsyncDisposable
{
    private readonly ServedModel _model = new(protocol);
    private readonly List<CpuSession> _engines = [];

    public async ValueTask DisposeAsync()
    {
        await _model.DisposeAsync();
        _engines.ForEach(engine => engine.Dispose());
        GC.SuppressFinalize(this);
    }

    protected override ITokenSession CreateSession() => Task.Run(CreateAsync, Cancellation).GetAwaiter().GetResult();

    private async Task<ITokenSession> CreateAsync()
    {
        var engine = CpuSession.Load(_model.Directory, new CpuSessionOptions { ThreadCount = 1, MaxConcurrentRequests = 1 });
        _engines.Add(engine);
        return await _model.ConnectAsync(await _model.ServeAsync(engine));
    }
}

public sealed class SmgConformanceTests() : WireConformanceTests(StandInProtocol.Smg);

public sealed class OpenEngineConformanceTests() : WireConformanceTests(StandInProtocol.OpenEngine);

public sealed class HttpConformanceTests() : WireConformanceTests(StandInProtocol.Http);
