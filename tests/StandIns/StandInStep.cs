using LlamaFp4.Native.Sessions;

namespace LlamaFp4.StandIns;

/// <summary>What goes into one message.</summary>
/// <param name="TokenIds">New tokens, a stop token included if it is to be sent.</param>
/// <param name="LogProbabilities">One for each, if asked for.</param>
/// <param name="End">Set on the last step.</param>
internal sealed record StandInStep(IReadOnlyList<int> TokenIds, IReadOnlyList<TokenLogProbability> LogProbabilities, TokenDelta? End);
