namespace LlamaFp4.Native.Guidance;

/// <summary>A context-free grammar over bytes as a graph: nodes read bytes, call rules and come back, or end a rule.</summary>
/// <remarks>
/// Built back to front: every method that adds something takes the node where the text goes on and returns the node where it begins.
/// A rule is a node whose ways lead to <see cref="End"/>.
/// </remarks>
internal sealed class Grammar
{
    private const int MaxNodes = 400_000;

    private readonly List<GrammarNode> _nodes = [];
    private readonly Dictionary<(int To, int First, int Last), int> _byteNodes = [];

    public Grammar() => End = AddNode();

    /// <summary>The node at which a rule returns to its caller, and the whole text may end.</summary>
    public int End { get; }

    /// <summary>Where the text begins.</summary>
    public int Start { get; set; }

    public int Count => _nodes.Count;

    public GrammarNode this[int node] => _nodes[node];

    public int AddNode()
    {
        if (_nodes.Count >= MaxNodes)
        {
            throw GuideNotSupported.Because($"a grammar of more than {MaxNodes} nodes", "the whole guide");
        }

        _nodes.Add(new GrammarNode());
        return _nodes.Count - 1;
    }

    public void AddEpsilon(int from, int to) => _nodes[from].Epsilon.Add(to);

    public void AddBytes(int from, byte first, byte last, int to) => _nodes[from].Bytes.Add(new ByteEdge(first, last, to));

    public void AddToken(int from, int tokenId, int to) => _nodes[from].Tokens.Add(new TokenEdge(tokenId, to));

    public void AddCall(int from, int rule, int next) => _nodes[from].Calls.Add(new RuleCall(rule, next));

    /// <summary>A call of the rule that begins at <paramref name="rule"/>.</summary>
    public int Call(int rule, int next)
    {
        var node = AddNode();
        AddCall(node, rule, next);
        return node;
    }

    /// <summary>Exactly these bytes.</summary>
    public int Literal(ReadOnlySpan<byte> bytes, int next)
    {
        for (var i = bytes.Length - 1; i >= 0; i--)
        {
            next = ByteNode(bytes[i], bytes[i], next);
        }

        return next;
    }

    public int Literal(string text, int next) => Literal(System.Text.Encoding.UTF8.GetBytes(text), next);

    /// <summary>Any of several beginnings.</summary>
    public int Choice(params ReadOnlySpan<int> starts)
    {
        if (starts.Length == 1)
        {
            return starts[0];
        }

        var node = AddNode();
        foreach (var start in starts)
        {
            AddEpsilon(node, start);
        }

        return node;
    }

    /// <summary>Adds edges that read the UTF-8 of any code point of a range.</summary>
    public void AddCodePoints(int from, CodePointRange range, int to)
    {
        foreach (var part in CodePointSet.Of(range).Ranges)
        {
            foreach (var sequence in Utf8Ranges.Split(part))
            {
                var next = to;
                for (var i = sequence.Length - 1; i > 0; i--)
                {
                    next = ByteNode(sequence[i].First, sequence[i].Last, next);
                }

                AddBytes(from, sequence[0].First, sequence[0].Last, next);
            }
        }
    }

    /// <summary>The UTF-8 texts that an automaton accepts.</summary>
    public int Text(Dfa dfa, int next) => Embed(dfa, next, AddCodePoints);

    /// <summary>The states of an automaton as nodes; <paramref name="addEdge"/> spells a range of code points.</summary>
    public int Embed(Dfa dfa, int next, Action<int, CodePointRange, int> addEdge)
    {
        var first = _nodes.Count;
        for (var i = 0; i < dfa.States.Count; i++)
        {
            AddNode();
        }

        for (var i = 0; i < dfa.States.Count; i++)
        {
            foreach (var edge in dfa.States[i].Edges)
            {
                addEdge(first + i, new CodePointRange(edge.First, edge.Last), first + edge.Target);
            }

            if (dfa.States[i].Accepting)
            {
                AddEpsilon(first + i, next);
            }
        }

        return first;
    }

    /// <summary>A beginning from which nothing can be completed; <see cref="Prune"/> removes the ways to it.</summary>
    public int Nothing() => AddNode();

    /// <summary>Removes every way that leads into a dead end, and says whether any text is left.</summary>
    public bool Prune()
    {
        var alive = new bool[_nodes.Count];
        alive[End] = true;

        // What a node leads to was mostly added before it, so few rounds are needed.
        for (var changed = true; changed;)
        {
            changed = false;
            for (var i = 0; i < _nodes.Count; i++)
            {
                if (!alive[i] && _nodes[i].LeadsOn(alive))
                {
                    alive[i] = changed = true;
                }
            }
        }

        foreach (var node in _nodes)
        {
            node.Keep(alive);
        }

        return alive[Start];
    }

    /// <summary>A node that reads one byte of a range; equal ones are shared.</summary>
    private int ByteNode(byte first, byte last, int to)
    {
        if (!_byteNodes.TryGetValue((to, first, last), out var node))
        {
            node = _byteNodes[(to, first, last)] = AddNode();
            AddBytes(node, first, last, to);
        }

        return node;
    }
}

/// <summary>What may happen at one place of a grammar.</summary>
internal sealed class GrammarNode
{
    public List<ByteEdge> Bytes { get; } = [];

    public List<TokenEdge> Tokens { get; } = [];

    public List<int> Epsilon { get; } = [];

    public List<RuleCall> Calls { get; } = [];

    public bool LeadsOn(bool[] alive) =>
        Bytes.Exists(edge => alive[edge.Target]) || Epsilon.Exists(target => alive[target])
        || Tokens.Exists(edge => alive[edge.Target]) || Calls.Exists(call => alive[call.Rule] && alive[call.Next]);

    public void Keep(bool[] alive)
    {
        Bytes.RemoveAll(edge => !alive[edge.Target]);
        Epsilon.RemoveAll(target => !alive[target]);
        Tokens.RemoveAll(edge => !alive[edge.Target]);
        Calls.RemoveAll(call => !alive[call.Rule] || !alive[call.Next]);
    }
}

/// <summary>Bytes <paramref name="First"/> … <paramref name="Last"/> lead to <paramref name="Target"/>.</summary>
internal readonly record struct ByteEdge(byte First, byte Last, int Target);

/// <summary>A control token leads to <paramref name="Target"/>.</summary>
internal readonly record struct TokenEdge(int TokenId, int Target);

/// <summary>Reads what <paramref name="Rule"/> derives, then goes on at <paramref name="Next"/>.</summary>
internal readonly record struct RuleCall(int Rule, int Next);
