using System.Globalization;
using LlamaFp4.Native.Guidance;

namespace LlamaFp4.Native.Tests.Guidance;

public class DecimalRangeTests
{
    [Fact]
    public void Integers_between_random_bounds_are_exactly_those_between()
    {
        var random = new Random(11);
        for (var i = 0; i < 300; i++)
        {
            var min = random.Next(3) == 0 ? (decimal?)null : random.Next(-400, 400) / (decimal)(random.Next(3) + 1);
            var max = random.Next(3) == 0 ? (decimal?)null : random.Next(-400, 400) / (decimal)(random.Next(3) + 1);
            var bounds = new NumberBounds(min, min is not null && random.Next(2) == 0, max, max is not null && random.Next(2) == 0);
            var dfa = Dfa.FromRegex(DecimalRange.Integers(bounds), "test");

            for (var value = -450; value <= 450; value += random.Next(1, 4))
            {
                Assert.True(IsWithin(value, bounds) == dfa.Matches(value.ToString(CultureInfo.InvariantCulture)), $"{value} in {bounds}");
            }
        }
    }

    [Fact]
    public void Decimals_between_random_bounds_never_leave_them()
    {
        var random = new Random(12);
        var accepted = 0;
        for (var i = 0; i < 300; i++)
        {
            var a = random.Next(-3000, 3000) / (decimal)(new[] { 1, 10, 100 }[random.Next(3)]);
            var b = random.Next(3) == 0 ? a : random.Next(-3000, 3000) / (decimal)(new[] { 1, 10, 100 }[random.Next(3)]);
            var bounds = new NumberBounds(
                random.Next(4) == 0 ? null : Math.Min(a, b), random.Next(2) == 0, random.Next(4) == 0 ? null : Math.Max(a, b), random.Next(2) == 0);
            bounds = bounds with { MinExcluded = bounds.MinExcluded && bounds.Min is not null, MaxExcluded = bounds.MaxExcluded && bounds.Max is not null };
            var dfa = Dfa.FromRegex(DecimalRange.Decimals(bounds, 4), "test");

            for (var j = 0; j < 300; j++)
            {
                var value = random.Next(-35000, 35000) / (decimal)(new[] { 1, 10, 100, 1000 }[random.Next(4)]);
                var text = value.ToString(CultureInfo.InvariantCulture);
                if (dfa.Matches(text))
                {
                    accepted++;
                    Assert.True(IsWithin(value, bounds), $"{text} in {bounds}");
                }
                else if (!text.EndsWith('0') || !text.Contains('.', StringComparison.Ordinal))
                {
                    // Between bounds with the same whole part the decimals have a fixed width.
                    Assert.True(!IsWithin(value, bounds) || bounds is { Min: { } low, Max: { } high } && decimal.Truncate(low) == decimal.Truncate(high), $"{text} in {bounds}");
                }
            }
        }

        Assert.True(accepted > 1000);
    }

    [Theory]
    [InlineData("0.25", "0.75", "0.5000", true)]
    [InlineData("0.25", "0.75", "0.7600", false)]
    [InlineData("-1.5", "1.5", "-1.5", true)]
    [InlineData("-1.5", "1.5", "-1.6", false)]
    [InlineData("0", "1", "0", true)]
    [InlineData("0", "1", "1.0", true)]
    [InlineData("0", "1", "1.01", false)]
    [InlineData("0", "1", "-0.5", false)]
    public void Bounds_are_kept(string min, string max, string text, bool expected)
    {
        var bounds = new NumberBounds(decimal.Parse(min, CultureInfo.InvariantCulture), false, decimal.Parse(max, CultureInfo.InvariantCulture), false);

        Assert.Equal(expected, Dfa.FromRegex(DecimalRange.Decimals(bounds, 4), "test").Matches(text));
    }

    private static bool IsWithin(decimal value, NumberBounds bounds) =>
        (bounds.Min is not { } min || (bounds.MinExcluded ? value > min : value >= min))
        && (bounds.Max is not { } max || (bounds.MaxExcluded ? value < max : value <= max));
}
