namespace LlamaFp4.Bench.Chat;

/// <summary>What was promised, beside what was measured.</summary>
internal sealed record Goal(string Quantity, string Unit, double Measured, double? AtMost = null, double? AtLeast = null)
{
    public bool IsMet => !(Measured > AtMost) && !(Measured < AtLeast);
}
