using LlamaFp4.Native.Checkpoint;

namespace LlamaFp4.Native.Tests.Checkpoint;

public class E4M3Tests
{
    [Theory]
    [InlineData(0x00, 0f)]
    [InlineData(0x01, 0.001953125f)]
    [InlineData(0x07, 0.013671875f)]
    [InlineData(0x08, 0.015625f)]
    [InlineData(0x38, 1f)]
    [InlineData(0x39, 1.125f)]
    [InlineData(0x40, 2f)]
    [InlineData(0x7D, 416f)]
    [InlineData(0x7E, 448f)]
    [InlineData(0x80, -0f)]
    [InlineData(0xB8, -1f)]
    [InlineData(0xFE, -448f)]
    [InlineData(0x7F, float.NaN)]
    [InlineData(0xFF, float.NaN)]
    public void Decode_Code_IsItsValue(byte code, float value) => Assert.Equal(value, E4M3.Decode(code));

    [Fact]
    public void Decode_PositiveCodes_Ascend()
    {
        for (byte code = 1; code < 0x7F; code++)
        {
            Assert.True(E4M3.Decode(code) > E4M3.Decode((byte)(code - 1)));
            Assert.Equal(-E4M3.Decode(code), E4M3.Decode((byte)(code | 0x80)));
        }
    }

    [Fact]
    public void Encode_EveryValue_ReturnsItsCode()
    {
        for (var code = 0; code < 256; code++)
        {
            if ((code & 0x7F) != 0x7F)
            {
                Assert.Equal(code, E4M3.Encode(E4M3.Decode((byte)code)));
            }
        }
    }

    [Fact]
    public void Encode_BetweenTwoValues_GoesToTheNearerAndFromTheMiddleToTheEven()
    {
        for (byte code = 0; code < 0x7E; code++)
        {
            var middle = (E4M3.Decode(code) + E4M3.Decode((byte)(code + 1))) / 2;

            Assert.Equal(code + (code & 1), E4M3.Encode(middle));
            Assert.Equal(code, E4M3.Encode(MathF.BitDecrement(middle)));
            Assert.Equal(code + 1, E4M3.Encode(MathF.BitIncrement(middle)));
        }
    }

    [Theory]
    [InlineData(448.1f, 0x7E)]
    [InlineData(464f, 0x7E)]
    [InlineData(1e30f, 0x7E)]
    [InlineData(float.PositiveInfinity, 0x7E)]
    [InlineData(-500f, 0xFE)]
    [InlineData(1e-10f, 0x00)]
    [InlineData(0.0009765625f, 0x00)]
    [InlineData(-0f, 0x80)]
    [InlineData(float.NaN, 0x7F)]
    public void Encode_OutsideTheRange_Saturates(float value, byte code) => Assert.Equal(code, (byte)(E4M3.Encode(value) & (float.IsNaN(value) ? 0x7F : 0xFF)));
}
