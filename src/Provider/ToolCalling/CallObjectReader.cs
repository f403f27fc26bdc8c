namespace LlamaFp4.Provider.ToolCalling;

/// <summary>Where a text that may be a call stands.</summary>
internal enum CallState
{
    /// <summary>It may still become a call.</summary>
    Open,

    /// <summary>Its object has just closed.</summary>
    Closed,

    /// <summary>It cannot become a call any more.</summary>
    Rejected,
}

/// <summary>Reads one object a character at a time and tells as early as possible that it is no call of a declared tool.</summary>
internal sealed class CallObjectReader(DeclaredTools tools, int maxDepth = JsonScanner.MaxDepth)
{
    private static readonly string[] CallKeys = ["name", "type", "function", "parameters", "arguments"];

    private readonly JsonScanner _scanner = new(maxDepth);
    private string? _key; // of the object itself
    private string? _functionKey; // of the object under "function"
    private bool _hasName;

    public CallState Append(char c)
    {
        var what = _scanner.Append(c);
        return what switch
        {
            JsonEvent.Malformed => CallState.Rejected,
            JsonEvent.Ended => CallState.Closed,
            _ => MayBeCall(what) ? CallState.Open : CallState.Rejected,
        };
    }

    private bool MayBeCall(JsonEvent what) => (_scanner.Depth, what) switch
    {
        (1, JsonEvent.KeyGrew) => _key is not null || IsPrefixOfCallKey(),
        (1, JsonEvent.KeyEnded) => EndKey(),
        (1, JsonEvent.StringGrew) => MayBeCallString(complete: false),
        (1, JsonEvent.StringEnded) => MayBeCallString(complete: true),
        (1, JsonEvent.ScalarStarted) => _key is not ("name" or "type"),
        (2, JsonEvent.ContainerStarted) => _key is not ("name" or "type"),
        (2, JsonEvent.KeyEnded) when _key == "function" => EndFunctionKey(),
        (2, JsonEvent.StringGrew) when _key == "function" && _functionKey == "name" => MayBeName(complete: false, replaces: false),
        (2, JsonEvent.StringEnded) when _key == "function" && _functionKey == "name" => MayBeName(complete: true, replaces: false),
        _ => true,
    };

    private bool IsPrefixOfCallKey()
    {
        foreach (var key in CallKeys)
        {
            if (key.AsSpan().StartsWith(_scanner.Text))
            {
                return true;
            }
        }

        return false;
    }

    private bool EndKey()
    {
        var isFirst = _key is null;
        _key = _scanner.Text.ToString();
        _functionKey = null;
        return !isFirst || CallKeys.Contains(_key);
    }

    private bool EndFunctionKey()
    {
        _functionKey = _scanner.Text.ToString();
        return true;
    }

    private bool MayBeCallString(bool complete) => _key switch
    {
        "type" => complete ? _scanner.Text is "function" : "function".AsSpan().StartsWith(_scanner.Text),
        "name" => MayBeName(complete, replaces: true),
        "function" => MayBeName(complete, replaces: false),
        _ => true,
    };

    /// <summary>"name" names the tool whatever stands elsewhere; the other places count only as long as no name was seen.</summary>
    private bool MayBeName(bool complete, bool replaces)
    {
        if (_hasName && !replaces)
        {
            return true;
        }

        if (!complete)
        {
            return tools.HasNameBeginningWith(_scanner.Text);
        }

        _hasName = true;
        return tools.Contains(_scanner.Text);
    }
}
