using System.Text.RegularExpressions;
using LlamaFp4.Native.Guidance;
using LlamaFp4.Native.Sessions;

namespace LlamaFp4.Native.Tests.Guidance;

public class RegexTests
{
    [Theory]
    [InlineData("abc", "abc", true)]
    [InlineData("abc", "abcd", false)]
    [InlineData("a|bc", "bc", true)]
    [InlineData("(a|b)*c", "ababc", true)]
    [InlineData("[^a-c]+", "xyz", true)]
    [InlineData("[^a-c]+", "xbz", false)]
    [InlineData("\\d{2,3}", "1", false)]
    [InlineData("\\d{2,3}", "123", true)]
    [InlineData("\\d{2,3}", "1234", false)]
    [InlineData("\\p{Lu}\\p{Ll}+", "Ärmel", true)]
    [InlineData(".", "\n", false)]
    [InlineData(".", "🦙", true)]
    [InlineData("a{,2}", "a{,2}", true)]
    [InlineData("\\u00e9", "é", true)]
    [InlineData("x?", "", true)]
    public void Whole_text_is_matched(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Dfa.FromRegex(RegexParser.Parse(pattern, search: false), "test").Matches(text));

    [Theory]
    [InlineData("b", "abc", true)]
    [InlineData("^b", "abc", false)]
    [InlineData("^a", "abc", true)]
    [InlineData("c$", "abc", true)]
    [InlineData("b$", "abc", false)]
    [InlineData("^a|c$", "xxc", true)]
    public void Search_finds_a_match_anywhere_unless_anchored(string pattern, string text, bool expected) =>
        Assert.Equal(expected, Dfa.FromRegex(RegexParser.Parse(pattern, search: true), "test").Matches(text));

    [Theory]
    [InlineData(".")]
    [InlineData("[^a]")]
    [InlineData("\\D")]
    [InlineData("\\W")]
    public void Schema_patterns_leave_out_what_validators_read_in_two_ways(string pattern)
    {
        var dfa = Dfa.FromRegex(RegexParser.Parse($"^{pattern}$", search: true), "test");

        Assert.True(dfa.Matches("é"));
        Assert.False(dfa.Matches("🦙"));
    }

    [Theory]
    [InlineData("(?=a)b", "look-around")]
    [InlineData("(a)\\1", "back-reference")]
    [InlineData("a{3,2}", "repetition")]
    [InlineData("(a", "')'")]
    [InlineData("[a", "']'")]
    [InlineData("[z-a]", "range")]
    [InlineData("*a", "nothing to repeat")]
    [InlineData("a\\", "'\\'")]
    [InlineData("\\bword", "'\\b'")]
    [InlineData("a)", "unexpected ')'")]
    [InlineData("\\p{Nope}", "general categories")]
    public void What_is_not_regular_or_not_understood_is_refused_by_name(string pattern, string named)
    {
        var exception = Assert.Throws<FeatureNotSupportedException>(() => RegexParser.Parse(pattern, search: false));

        Assert.Contains(named, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Automaton_agrees_with_the_platform_engine_on_random_texts()
    {
        string[] patterns = ["(ab|a)(bc|c)?", "[ab]{2,4}c*", "(a(b|c){1,2})+", "a*b+c?|cc", "(?:a|bb)*c{0,3}", "[^b]*b[^b]*", "(abc)?(a|b|c){3}"];
        var random = new Random(20260107);
        foreach (var pattern in patterns)
        {
            var dfa = Dfa.FromRegex(RegexParser.Parse(pattern, search: false), "test");
            var expected = new Regex($"\\A(?:{pattern})\\z", RegexOptions.CultureInvariant);
            for (var i = 0; i < 2000; i++)
            {
                var text = new string([.. Enumerable.Range(0, random.Next(9)).Select(_ => "abc"[random.Next(3)])]);

                Assert.True(expected.IsMatch(text) == dfa.Matches(text), $"{pattern} on '{text}'");
                Assert.True(dfa.Matches(text) != dfa.Complement().Matches(text), $"complement of {pattern} on '{text}'");
            }
        }
    }

    [Fact]
    public void Intersection_matches_what_both_match()
    {
        var letters = Dfa.FromRegex(RegexParser.Parse("[a-c]*", search: false), "test");
        var three = Dfa.OfLength(2, 3);

        var both = letters.Intersect(three, "test");

        Assert.True(both.Matches("ab"));
        Assert.True(both.Matches("abc"));
        Assert.False(both.Matches("a"));
        Assert.False(both.Matches("abca"));
        Assert.False(both.Matches("xy"));
    }

    [Fact]
    public void Contradiction_accepts_nothing() =>
        Assert.True(Dfa.OfLength(2, 3).Intersect(Dfa.OfLength(5, null), "test").AcceptsNothing);

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(100)]
    public void Multiples_are_exactly_those_the_divisor_divides(int divisor)
    {
        var dfa = Dfa.MultiplesOf(divisor);

        for (var i = -250; i <= 250; i++)
        {
            Assert.Equal(i % divisor == 0, dfa.Matches(i.ToString(System.Globalization.CultureInfo.InvariantCulture)));
        }
    }

    [Theory]
    [InlineData(5, 1)]
    [InlineData(25, 2)]
    [InlineData(3, 1)]
    [InlineData(1, 2)]
    public void Multiples_of_a_decimal_are_exactly_those_it_divides(int divisor, int decimals)
    {
        var dfa = Dfa.MultiplesOf(divisor, decimals);
        var step = divisor / (decimal)Math.Pow(10, decimals);

        for (var i = -500; i <= 500; i++)
        {
            var value = i / 100m;
            var text = value.ToString("0.##", System.Globalization.CultureInfo.InvariantCulture);
            var digits = text.Contains('.', StringComparison.Ordinal) ? text.Length - text.IndexOf('.', StringComparison.Ordinal) - 1 : 0;
            Assert.True((value % step == 0 && digits <= decimals) == dfa.Matches(text), text);
        }
    }

    [Fact]
    public void Utf8_ranges_spell_exactly_the_code_points_of_the_range()
    {
        var random = new Random(7);
        for (var i = 0; i < 200; i++)
        {
            var set = CodePointSet.Of(new CodePointRange(random.Next(0x110000), random.Next(0x110000)));
            set = set.IsEmpty ? CodePointSet.Of(new CodePointRange(0x7F, 0x800)) : set;
            var sequences = set.Ranges.SelectMany(Utf8Ranges.Split).ToList();
            for (var j = 0; j < 100; j++)
            {
                var rune = random.Next(2) == 0 && set.Ranges[0].First is var first && System.Text.Rune.IsValid(first) ? new System.Text.Rune(first) : RandomRune(random);
                var bytes = System.Text.Encoding.UTF8.GetBytes(rune.ToString());

                var spelled = sequences.Exists(s => s.Length == bytes.Length && s.Zip(bytes).All(p => p.First.First <= p.Second && p.Second <= p.First.Last));

                Assert.Equal(set.Contains(rune.Value), spelled);
            }
        }
    }

    private static System.Text.Rune RandomRune(Random random)
    {
        while (true)
        {
            if (System.Text.Rune.TryCreate(random.Next(0x110000), out var rune))
            {
                return rune;
            }
        }
    }
}
