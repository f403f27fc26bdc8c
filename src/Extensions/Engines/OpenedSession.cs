using LlamaFp4.Native.Sessions;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Extensions.Engines;

/// <summary>A session with the server that was started for it, if one was.</summary>
internal sealed class OpenedSession(ITokenSession session, TrtLlmServer? server = null) : IDisposable, IAsyncDisposable
{
    public ITokenSession Session => session;

    /// <summary>Disposes the session, then stops the server; waits until it is gone.</summary>
    public void Dispose()
    {
        try
        {
            session.Dispose();
        }
        finally
        {
            server?.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        try
        {
            if (session is IAsyncDisposable asynchronous)
            {
                await asynchronous.DisposeAsync().ConfigureAwait(false);
            }
            else
            {
                session.Dispose();
            }
        }
        finally
        {
            if (server is not null)
            {
                await server.DisposeAsync().ConfigureAwait(false);
            }
        }
    }
}
