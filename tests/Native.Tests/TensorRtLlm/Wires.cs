using LlamaFp4.StandIns;

namespace LlamaFp4.Native.Tests.TensorRtLlm;

/// <summary>The wire formats that every test of the session's own work runs over.</summary>
public static class Wires
{
    internal static readonly StandInProtocol[] Protocols = [StandInProtocol.Smg, StandInProtocol.OpenEngine, StandInProtocol.Http];

    public static TheoryData<StandInProtocol> All => [.. Protocols];
}
