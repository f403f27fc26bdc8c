namespace LlamaFp4.Native.Guidance;

/// <summary>Thompson's construction: the step between a regular expression and its <see cref="Dfa"/>.</summary>
internal sealed class Nfa
{
    private const int MaxNodes = 200_000;

    private readonly List<List<int>> _epsilon = [];
    private readonly List<List<(CodePointRange Range, int Target)>> _edges = [];
    private readonly string _where;

    public Nfa(RegexNode regex, string where)
    {
        _where = where;
        Start = AddNode();
        Accept = Append(regex, Start);
    }

    public int Start { get; }

    public int Accept { get; }

    /// <summary>All nodes reachable without reading, sorted.</summary>
    public int[] Closure(int[] nodes)
    {
        var seen = new HashSet<int>(nodes);
        var work = new Stack<int>(seen);
        while (work.TryPop(out var node))
        {
            foreach (var target in _epsilon[node])
            {
                if (seen.Add(target))
                {
                    work.Push(target);
                }
            }
        }

        // Only nodes that read something or accept tell states apart.
        var result = seen.Where(n => n == Accept || _edges[n].Count > 0).ToArray();
        Array.Sort(result);
        return result;
    }

    public List<(CodePointRange Range, int Target)> EdgesOf(int[] nodes)
    {
        var result = new List<(CodePointRange, int)>();
        foreach (var node in nodes)
        {
            result.AddRange(_edges[node]);
        }

        return result;
    }

    private int AddNode()
    {
        if (_epsilon.Count >= MaxNodes)
        {
            throw GuideNotSupported.Because("an expression that unfolds to more than 200,000 nodes", _where);
        }

        _epsilon.Add([]);
        _edges.Add([]);
        return _epsilon.Count - 1;
    }

    private int Append(RegexNode regex, int from)
    {
        switch (regex)
        {
            case RegexSet set:
                var to = AddNode();
                foreach (var range in set.Set.Ranges)
                {
                    _edges[from].Add((range, to));
                }

                return to;

            case RegexSequence sequence:
                return sequence.Parts.Aggregate(from, (node, part) => Append(part, node));

            case RegexAlternation alternation:
                var join = AddNode();
                foreach (var option in alternation.Options)
                {
                    var branch = AddNode();
                    _epsilon[from].Add(branch);
                    _epsilon[Append(option, branch)].Add(join);
                }

                return join;

            case RegexRepeat repeat:
                return AppendRepeat(repeat, from);

            default:
                throw new InvalidOperationException($"Unknown expression {regex.GetType()}.");
        }
    }

    private int AppendRepeat(RegexRepeat repeat, int from)
    {
        for (var i = 0; i < repeat.Min; i++)
        {
            from = Append(repeat.Part, from);
        }

        if (repeat.Max is not { } max)
        {
            var loop = AddNode();
            _epsilon[from].Add(loop);
            _epsilon[Append(repeat.Part, loop)].Add(loop);
            var after = AddNode();
            _epsilon[loop].Add(after);
            return after;
        }

        var end = AddNode();
        _epsilon[from].Add(end);
        for (var i = repeat.Min; i < max; i++)
        {
            from = Append(repeat.Part, from);
            _epsilon[from].Add(end);
        }

        return end;
    }
}
