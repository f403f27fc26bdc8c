using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.Tests.Cpu;
using LlamaFp4.Native.Tokenization;
using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>A tiny checkpoint, stand-ins that serve it, and sessions on them. Cleans up behind a test.</summary>
/// <remarks>The stand-ins say 10, 11, 12, … 19 over and over unless told otherwise; 1, 2 and 3 are the checkpoint's stop tokens.</remarks>
internal sealed class ServedModel(StandInProtocol protocol) : IAsyncDisposable
{
    public const int ContextLength = 512;

    private readonly CpuSessionDirectory _directory = new();
    private readonly List<StandInServer> _servers = [];
    private readonly List<TensorRtLlmSession> _sessions = [];

    public static int[] Prompt => [5, 17, 42];

    public string Directory => _directory.Path;

    /// <summary>An engine that says these tokens.</summary>
    public ReplaySession Saying(params int[] tokenIds)
    {
        var tokenizer = LlamaTokenizer.Load(Directory);
        return new ReplaySession(tokenizer, ReplaySession.CreateModel(tokenizer, ContextLength, 1, 2, 3), tokenIds);
    }

    public Task<StandInServer> ServeAsync(StandInBehaviour? behaviour = null) => ServeAsync(Saying([.. Enumerable.Range(10, 10)]), behaviour);

    public async Task<StandInServer> ServeAsync(ITokenSession engine, StandInBehaviour? behaviour = null)
    {
        var server = await StandInServer.StartAsync(protocol, engine, behaviour);
        _servers.Add(server);
        return server;
    }

    public Task<TensorRtLlmSession> ConnectAsync(params StandInServer[] servers) => ConnectAsync(_ => { }, servers);

    public async Task<TensorRtLlmSession> ConnectAsync(Action<TensorRtLlmOptions> configure, params StandInServer[] servers)
    {
        var session = await TensorRtLlmSession.ConnectAsync(Options(configure, [.. servers.Select(server => server.Endpoint)]), TestContext.Current.CancellationToken);
        _sessions.Add(session);
        return session;
    }

    public TensorRtLlmOptions Options(Action<TensorRtLlmOptions> configure, params Uri[] endpoints)
    {
        var options = new TensorRtLlmOptions { CheckpointDirectory = Directory, StartUpTimeout = TimeSpan.Zero };
        foreach (var endpoint in endpoints)
        {
            options.Endpoints.Add(endpoint);
        }

        configure(options);
        return options;
    }

    /// <summary>A request for so many tokens.</summary>
    public static GenerationRequest Tokens(int count) => new() { PromptTokenIds = Prompt, MaxNewTokens = count, Sampling = new SamplingParameters { Temperature = 0 } };

    public async ValueTask DisposeAsync()
    {
        foreach (var session in _sessions)
        {
            session.Dispose();
        }

        foreach (var server in _servers)
        {
            await server.DisposeAsync();
        }

        _directory.Dispose();
    }
}
