namespace LlamaFp4.Extensions.Registration;

/// <summary>
/// Reads connection strings: a checkpoint directory, or pairs such as <c>Endpoint=smg://host:50051;Model=/models/llama</c>; several endpoints are
/// separated by commas.
/// </summary>
internal static class ConnectionString
{
    private const string Form = "give a checkpoint directory, or pairs of Endpoint, Model and ModelId such as Endpoint=smg://host:50051;Model=/models/llama";

    /// <param name="text">The connection string.</param>
    /// <param name="key">Its configuration key.</param>
    /// <param name="options">Gets what the string says; and what is wrong with it, for validation to report.</param>
    public static void Apply(string text, string key, LlamaFp4Options options)
    {
        // The checkpoint of an endpoint that stands alone comes from another setting.
        var pairs = text.Contains('=') ? text : $"{(text.Contains("://", StringComparison.Ordinal) ? "Endpoint" : "Model")}={text}";
        foreach (var pair in pairs.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            // What is not understood may be a secret, and complaints are logged: the value stays unsaid.
            var name = pair.Split('=', 2, StringSplitOptions.TrimEntries)[0];
            if (!Set(name.ToUpperInvariant(), pair.IndexOf('=') is >= 0 and var at ? pair[(at + 1)..].Trim() : "", key, options))
            {
                options.Complaints.Add($"{key} holds '{name}' in a way that is not understood: {Form}.");
            }
        }
    }

    private static bool Set(string name, string value, string key, LlamaFp4Options options)
    {
        switch (name)
        {
            case "ENDPOINT":
                options.Keys.Set(nameof(options.Endpoints), key);
                return SetEndpoints(value, options);
            case "MODEL":
                options.Keys.Set(nameof(options.Model), key);
                options.Model = value;
                return true;
            case "MODELID":
                options.Keys.Set(nameof(options.ModelId), key);
                options.ModelId = value;
                return true;
            default:
                return false;
        }
    }

    private static bool SetEndpoints(string value, LlamaFp4Options options)
    {
        options.Endpoints.Clear();
        foreach (var part in value.Split(',', StringSplitOptions.TrimEntries))
        {
            if (!Uri.TryCreate(part, UriKind.Absolute, out var endpoint))
            {
                return false;
            }

            options.Endpoints.Add(endpoint);
        }

        return true;
    }
}
