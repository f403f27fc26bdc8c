using Google.Protobuf;
using Grpc.Core;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns;

/// <summary>What the two gRPC stand-ins do alike: record a request, run it, and misbehave below the level of messages.</summary>
internal static class GrpcStreams
{
    // A frame of three bytes that are no message: a field number without its value.
    private static readonly byte[] Garbage = [0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF];

    // The head of a frame of 2 MiB.
    private static readonly byte[] Huge = [0, 0, 0x20, 0, 0];

    public static async Task RunAsync(StandInServer server, string id, IMessage message, ServerCallContext context, Func<StandInRequest, CancellationToken, Task> generate)
    {
        var http = context.GetHttpContext();
        var record = server.Record(id, JsonFormatter.Default.Format(message), http.Request.Headers);
        if (server.Behaviour.TakesRefusal())
        {
            record.End(StandInEnd.Failed);
            var (status, text) = server.Behaviour.Refusal!.Value;
            throw new RpcException(new Status(Enum.Parse<StatusCode>(status), text));
        }

        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, record.Stop.Token);
        await using var cancelled = context.CancellationToken.UnsafeRegister(static request => ((StandInRequest)request!).End(StandInEnd.Cancelled), record);
        try
        {
            await generate(record, stop.Token);
            record.End(StandInEnd.Complete);
        }
        catch (StandInBreakException)
        {
            record.End(StandInEnd.Failed);
            http.Abort();
        }
        catch (FeatureNotSupportedException exception)
        {
            record.End(StandInEnd.Failed);
            throw new RpcException(new Status(StatusCode.Unimplemented, exception.Message));
        }
        catch (LlamaFp4Exception exception)
        {
            record.End(StandInEnd.Failed);
            throw new RpcException(new Status(StatusCode.Internal, exception.Message));
        }
        catch (ArgumentException exception)
        {
            record.End(StandInEnd.Failed);
            throw new RpcException(new Status(StatusCode.InvalidArgument, exception.Message));
        }
        catch (Exception) when (stop.IsCancellationRequested)
        {
            record.End(StandInEnd.Cancelled);
        }
    }

    public static void RequireControl(StandInServer server)
    {
        if (server.Behaviour.LacksControl)
        {
            throw new RpcException(new Status(StatusCode.Unimplemented, "Method not implemented!"));
        }
    }

    public static async Task SendGarbageIfToldAsync(StandInServer server, StandInRequest record, ServerCallContext context)
    {
        if (server.Behaviour.GarbageAfter <= record.Sent)
        {
            await context.GetHttpContext().Response.BodyWriter.WriteAsync(Garbage, context.CancellationToken);
        }

        if (server.Behaviour.HugeAfter <= record.Sent)
        {
            await context.GetHttpContext().Response.BodyWriter.WriteAsync(Huge, context.CancellationToken);
        }
    }
}
