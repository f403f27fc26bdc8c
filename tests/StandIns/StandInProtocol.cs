namespace LlamaFp4.StandIns;

/// <summary>What a stand-in speaks.</summary>
public enum StandInProtocol
{
    Smg,
    OpenEngine,
    Http,
}
