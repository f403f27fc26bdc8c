using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class E2M1Tests
{
    [Fact]
    public void Values_AreThoseOfTheFormat() =>
        Assert.Equal([0, 0.5f, 1, 1.5f, 2, 3, 4, 6, -0f, -0.5f, -1, -1.5f, -2, -3, -4, -6], E2M1.Values.ToArray());

    [Fact]
    public void Encode_EveryValueButMinusZero_ReturnsItsCode()
    {
        for (var code = 0; code < 16; code++)
        {
            Assert.Equal(code == 8 ? 0 : code, E2M1.Encode(E2M1.Values[code]));
        }
    }

    [Theory]
    [InlineData(0.25f, 0)]
    [InlineData(0.75f, 2)]
    [InlineData(1.25f, 2)]
    [InlineData(1.75f, 4)]
    [InlineData(2.5f, 4)]
    [InlineData(3.5f, 6)]
    [InlineData(5f, 6)]
    public void Encode_Tie_GoesToTheEvenCode(float value, int code)
    {
        Assert.Equal(code, E2M1.Encode(value));
        Assert.Equal(code | 8, E2M1.Encode(-value));
    }

    [Theory]
    [InlineData(0.25f, 0, 1)]
    [InlineData(0.75f, 1, 2)]
    [InlineData(1.25f, 2, 3)]
    [InlineData(1.75f, 3, 4)]
    [InlineData(2.5f, 4, 5)]
    [InlineData(3.5f, 5, 6)]
    [InlineData(5f, 6, 7)]
    public void Encode_BesideTheTie_GoesToTheNearerCode(float tie, int below, int above)
    {
        Assert.Equal(below, E2M1.Encode(MathF.BitDecrement(tie)));
        Assert.Equal(above, E2M1.Encode(MathF.BitIncrement(tie)));
    }

    [Theory]
    [InlineData(6.01f, 7)]
    [InlineData(1e30f, 7)]
    [InlineData(float.PositiveInfinity, 7)]
    [InlineData(-6.01f, 15)]
    [InlineData(float.NegativeInfinity, 15)]
    public void Encode_BeyondSix_Saturates(float value, int code) => Assert.Equal(code, E2M1.Encode(value));

    [Theory]
    [InlineData(-0.1f, 8)]
    [InlineData(-1e-40f, 8)]
    [InlineData(-0f, 0)]
    public void Encode_NegativeThatRoundsToZero_KeepsItsSign(float value, int code) => Assert.Equal(code, E2M1.Encode(value));
}
