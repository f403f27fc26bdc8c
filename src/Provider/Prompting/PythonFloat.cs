using System.Buffers;
using System.Globalization;

namespace LlamaFp4.Provider.Prompting;

/// <summary>Floating-point numbers as Python's <c>repr</c> prints them: shortest digits, always a fraction or an exponent.</summary>
internal static class PythonFloat
{
    public static void Write(IBufferWriter<char> output, double value)
    {
        if (!double.IsFinite(value))
        {
            output.Write(double.IsNaN(value) ? "NaN" : value > 0 ? "Infinity" : "-Infinity");
            return;
        }

        Span<char> shortest = stackalloc char[32];
        value.TryFormat(shortest, out int length, "R", CultureInfo.InvariantCulture);
        WriteShortest(output, shortest[..length]);
    }

    public static void Write(IBufferWriter<char> output, float value)
    {
        if (!float.IsFinite(value))
        {
            Write(output, (double)value);
            return;
        }

        Span<char> shortest = stackalloc char[32];
        value.TryFormat(shortest, out int length, "R", CultureInfo.InvariantCulture);
        WriteShortest(output, shortest[..length]);
    }

    // .NET gives the same digits as Python but changes to exponents elsewhere, so digits and exponent are taken apart and laid out anew.
    private static void WriteShortest(IBufferWriter<char> output, ReadOnlySpan<char> shortest)
    {
        if (shortest[0] == '-')
        {
            output.Write("-");
            shortest = shortest[1..];
        }

        Span<char> digits = stackalloc char[32];
        int count = ReadDigits(shortest, digits, out int pointPosition);
        WriteDigits(output, digits[..count], pointPosition);
    }

    /// <summary>Reads <c>12.5</c>, <c>0.001</c> or <c>1.5E-07</c> as digits d and a position p with value 0.d · 10^p.</summary>
    private static int ReadDigits(ReadOnlySpan<char> number, Span<char> digits, out int pointPosition)
    {
        int exponentMark = number.IndexOf('E');
        int exponent = exponentMark < 0 ? 0 : int.Parse(number[(exponentMark + 1)..], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture);
        var mantissa = exponentMark < 0 ? number : number[..exponentMark];
        int point = mantissa.IndexOf('.');
        int count = 0;
        int leadingZeros = 0;
        foreach (char c in mantissa)
        {
            if (c == '.')
            {
                continue;
            }

            if (count == 0 && c == '0')
            {
                leadingZeros++;
                continue;
            }

            digits[count++] = c;
        }

        pointPosition = (point < 0 ? mantissa.Length : point) - leadingZeros + exponent;
        return count;
    }

    private static void WriteDigits(IBufferWriter<char> output, ReadOnlySpan<char> digits, int pointPosition)
    {
        digits = digits.TrimEnd('0');
        if (digits.IsEmpty)
        {
            output.Write("0.0");
            return;
        }

        // Python's rule: exponents below 1e-4 and from 1e16 on.
        if (pointPosition is <= -4 or > 16)
        {
            WriteWithExponent(output, digits, pointPosition - 1);
        }
        else if (pointPosition <= 0)
        {
            output.Write("0.");
            WriteZeros(output, -pointPosition);
            output.Write(digits);
        }
        else if (pointPosition >= digits.Length)
        {
            output.Write(digits);
            WriteZeros(output, pointPosition - digits.Length);
            output.Write(".0");
        }
        else
        {
            output.Write(digits[..pointPosition]);
            output.Write(".");
            output.Write(digits[pointPosition..]);
        }
    }

    private static void WriteWithExponent(IBufferWriter<char> output, ReadOnlySpan<char> digits, int exponent)
    {
        output.Write(digits[..1]);
        if (digits.Length > 1)
        {
            output.Write(".");
            output.Write(digits[1..]);
        }

        output.Write(exponent < 0 ? "e-" : "e+");
        output.Write(Math.Abs(exponent).ToString("00", CultureInfo.InvariantCulture));
    }

    private static void WriteZeros(IBufferWriter<char> output, int count) => output.Write("0000000000000000".AsSpan(0, count));
}
