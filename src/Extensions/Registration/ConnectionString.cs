namespace LlamaFp4.Extensions.Registration;

/// <summary>Reads connection strings: a checkpoint directory, or pairs such as <c>Model=/models/llama;ModelId=house</c>.</summary>
internal static class ConnectionString
{
    /// <param name="text">The connection string.</param>
    /// <param name="key">Its configuration key.</param>
    /// <param name="options">Gets what the string says; and what is wrong with it, for validation to report.</param>
    public static void Apply(string text, string key, LlamaFp4Options options)
    {
        if (!text.Contains('='))
        {
            Set(nameof(options.Model), text.Trim(), key, options);
            return;
        }

        foreach (var pair in text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (pair.Split('=', 2, StringSplitOptions.TrimEntries) is not [var name, var value] || !Set(name, value, key, options))
            {
                options.Complaints.Add($"{key} holds '{pair}', which is not understood: give Model=directory and ModelId=name, separated by semicolons.");
            }
        }
    }

    private static bool Set(string name, string value, string key, LlamaFp4Options options)
    {
        switch (name.ToUpperInvariant())
        {
            case "MODEL":
                options.Model = value;
                options.Keys.Set(nameof(options.Model), key);
                return true;
            case "MODELID":
                options.ModelId = value;
                options.Keys.Set(nameof(options.ModelId), key);
                return true;
            default:
                return false;
        }
    }
}
