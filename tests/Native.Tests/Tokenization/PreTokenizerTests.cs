using System.Text.RegularExpressions;
using LlamaFp4.Native.Tokenization;

namespace LlamaFp4.Native.Tests.Tokenization;

public class PreTokenizerTests
{
    // Beyond the BMP: a bold letter, a double-struck digit, a llama.
    private const string Letter = "\U0001D400";
    private const string Digit = "\U0001D7D8";
    private const string Symbol = "\U0001F999";

    [Theory]
    [InlineData("they're", "they|'re")]
    [InlineData("it'S", "it|'S")]
    [InlineData("I'VE", "I|'VE")]
    [InlineData("we'lLama", "we|'lL|ama")]
    [InlineData("d'don't", "d|'d|on|'t")]
    [InlineData("he'\u017Fo", "he|'\u017F|o")]
    public void Contraction_IsItsOwnPiece_EvenInsideAWord(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("'l", "'l")]
    [InlineData("'r", "'r")]
    [InlineData("'x", "'x")]
    [InlineData("\u2019s", "\u2019s")]
    [InlineData("'", "'")]
    public void QuoteBeforeOtherLetters_LeadsAWord(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("two words", "two| words")]
    [InlineData("tab\there", "tab|\there")]
    [InlineData("snake_case", "snake|_case")]
    [InlineData("(paren", "(paren")]
    [InlineData("\u0301accent", "\u0301accent")]
    [InlineData("a\u0301b", "a|\u0301b")]
    [InlineData("日本語", "日本語")]
    [InlineData("$" + Letter + "x", "$" + Letter + "x")]
    [InlineData(Symbol + "ears", Symbol + "ears")]
    public void Word_TakesOneLeadingCharacter(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("\nword", "\n|word")]
    [InlineData("\rword", "\r|word")]
    [InlineData("7up", "7|up")]
    public void Word_TakesNoLineBreakOrNumberBefore(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("1234567", "123|456|7")]
    [InlineData("a12", "a|12")]
    [InlineData(" 12", " |12")]
    [InlineData("Ⅳ½٣4", "Ⅳ½٣|4")]
    [InlineData(Digit + Digit + Digit + Digit, Digit + Digit + Digit + "|" + Digit)]
    public void Number_HasUpToThreeCodePoints(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("a != b", "a| !=| b")]
    [InlineData("end.\r\n\nnext", "end|.\r\n\n|next")]
    [InlineData("x ;\n", "x| ;\n")]
    [InlineData("!\n !", "!\n| !")]
    [InlineData("  ++", " | ++")]
    [InlineData("\t++", "\t|++")]
    [InlineData(" " + Symbol + Symbol + "\n", " " + Symbol + Symbol + "\n")]
    [InlineData("\u200B\u0007", "\u200B\u0007")]
    public void Symbols_TakeOneSpaceBeforeAndLineBreaksAfter(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("a \t\n  \r\n  b", "a| \t\n  \r\n| | b")]
    [InlineData("\n\n\n", "\n\n\n")]
    [InlineData("\n   ", "\n|   ")]
    [InlineData("a\u0085\nb", "a|\u0085\n|b")]
    public void LineBreak_EndsItsRunOfSpacesAtTheLastOne(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("a   ", "a|   ")]
    [InlineData(" ", " ")]
    [InlineData("\u3000\u2003\t", "\u3000\u2003\t")]
    public void SpacesAtTheEnd_StayTogether(string text, string pieces) => AssertPieces(pieces, text);

    [Theory]
    [InlineData("a    b", "a|   | b")]
    [InlineData("a  1", "a| | |1")]
    [InlineData("a\t\t!", "a|\t|\t|!")]
    [InlineData("\u00A0\u2028x", "\u00A0|\u2028x")]
    public void SpacesInside_LeaveTheLastOneToWhatFollows(string text, string pieces) => AssertPieces(pieces, text);

    // Not as InlineData: attributes hold UTF-8, which cannot say this.
    [Fact]
    public void HalfASurrogatePair_IsASymbol()
    {
        AssertPieces("a|\uD83Eb", "a\uD83Eb");
        AssertPieces("a| \uDD99\uD83E!\n|1", "a \uDD99\uD83E!\n1");
        AssertPieces("1|\uD83E", "1\uD83E");
    }

    [Fact]
    public void TextWithinTheBmp_SplitsAsTheRegexDoes()
    {
        // U+017F is left out: .NET does not fold it to s.
        var regex = new Regex(PreTokenizer.Pattern, RegexOptions.CultureInvariant);
        var random = new Random(20240723);
        for (var round = 0; round < 3000; round++)
        {
            var text = RandomText.Bmp(random, length: random.Next(1, 40)).Replace('\u017F', 's');

            var pieces = Pieces(text);

            Assert.Equal(regex.Matches(text).Select(match => match.Value), pieces);
        }
    }

    [Fact]
    public void AnyText_SplitsIntoPiecesThatMakeItUpAndHalveNoSurrogatePair()
    {
        var random = new Random(405);
        for (var round = 0; round < 3000; round++)
        {
            var text = RandomText.AnyUnits(random, length: random.Next(1, 60));

            var pieces = Pieces(text);

            Assert.Equal(text, string.Concat(pieces));
            Assert.DoesNotContain(pieces, piece => piece.Length == 0);
            Assert.Equal(text.EnumerateRunes(), pieces.SelectMany(piece => piece.EnumerateRunes().ToArray()));
        }
    }

    private static void AssertPieces(string expected, string text) => Assert.Equal(expected.Split('|'), Pieces(text));

    private static List<string> Pieces(string text)
    {
        List<string> pieces = [];
        for (var rest = text; rest.Length > 0; rest = rest[pieces[^1].Length..])
        {
            pieces.Add(rest[..PreTokenizer.NextPieceLength(rest)]);
        }

        return pieces;
    }
}
