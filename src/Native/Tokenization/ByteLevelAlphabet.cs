namespace LlamaFp4.Native.Tokenization;

/// <summary>The characters that stand for bytes in the token texts of <c>tokenizer.json</c>.</summary>
/// <remarks>
/// Printable bytes (0x21–0x7E, 0xA1–0xAC, 0xAE–0xFF) stand for themselves; the other 68, in ascending order, are U+0100, U+0101, ….
/// </remarks>
internal static class ByteLevelAlphabet
{
    private const int NoByte = -1;

    private static readonly char[] CharacterOfByte = BuildCharacters();
    private static readonly short[] ByteOfCharacter = BuildBytes();

    public static char ToCharacter(byte value) => CharacterOfByte[value];

    /// <summary>The bytes of a token text, or null if a character of it stands for no byte.</summary>
    public static byte[]? ToBytes(string tokenText)
    {
        var bytes = new byte[tokenText.Length];
        for (var i = 0; i < bytes.Length; i++)
        {
            var character = tokenText[i];
            if (character >= ByteOfCharacter.Length || ByteOfCharacter[character] == NoByte)
            {
                return null;
            }

            bytes[i] = (byte)ByteOfCharacter[character];
        }

        return bytes;
    }

    private static char[] BuildCharacters()
    {
        var characters = new char[256];
        var substitute = '\u0100';
        for (var value = 0; value < characters.Length; value++)
        {
            var isPrintable = value is (>= 0x21 and <= 0x7E) or (>= 0xA1 and <= 0xAC) or >= 0xAE;
            characters[value] = isPrintable ? (char)value : substitute++;
        }

        return characters;
    }

    private static short[] BuildBytes()
    {
        var bytes = new short[CharacterOfByte.Max() + 1];
        Array.Fill(bytes, (short)NoByte);
        for (short value = 0; value < CharacterOfByte.Length; value++)
        {
            bytes[CharacterOfByte[value]] = value;
        }

        return bytes;
    }
}
