using System.Numerics;

namespace LlamaFp4.Native.Guidance;

/// <summary>A deterministic automaton over code points, trimmed: every state lies on a way to acceptance.</summary>
internal sealed class Dfa
{
    private const int MaxStates = 20_000;

    private Dfa(List<DfaState> states) => States = states;

    /// <summary>The states; the first is the start. An empty list accepts nothing.</summary>
    public IReadOnlyList<DfaState> States { get; }

    public bool AcceptsNothing => States.Count == 0;

    public static Dfa Nothing { get; } = new([]);

    public static Dfa AnyText { get; } = new([new DfaState(true, [new DfaEdge(0, CodePointSet.MaxCodePoint, 0)])]);

    public static Dfa FromRegex(RegexNode regex, string where)
    {
        var nfa = new Nfa(regex, where);
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        var pending = new List<int[]>();
        var states = new List<DfaState>();

        int StateOf(int[] members)
        {
            var key = string.Join(',', members);
            if (!index.TryGetValue(key, out var id))
            {
                id = index[key] = pending.Count < MaxStates
                    ? pending.Count
                    : throw GuideNotSupported.Because($"an automaton of more than {MaxStates} states", where);
                pending.Add(members);
            }

            return id;
        }

        StateOf(nfa.Closure([nfa.Start]));
        for (var i = 0; i < pending.Count; i++)
        {
            var members = pending[i];
            var edges = Partition(nfa.EdgesOf(members), targets => StateOf(nfa.Closure(targets)));
            states.Add(new DfaState(Array.BinarySearch(members, nfa.Accept) >= 0, edges));
        }

        return Trim(states);
    }

    /// <summary>Texts of <paramref name="min"/> to <paramref name="max"/> code points; a null maximum is none.</summary>
    public static Dfa OfLength(int min, int? max)
    {
        var last = max ?? min;
        var states = new List<DfaState>(last + 1);
        for (var i = 0; i <= last; i++)
        {
            var next = i < last ? i + 1 : i;
            states.Add(new DfaState(i >= min, i < last || max is null ? [new DfaEdge(0, CodePointSet.MaxCodePoint, next)] : []));
        }

        return Trim(states);
    }

    /// <summary>Decimal numbers of at most <paramref name="decimals"/> digits behind the point that are multiples of divisor / 10^decimals.</summary>
    public static Dfa MultiplesOf(int divisor, int decimals = 0)
    {
        // State 0: nothing read; 1: a sign; then, for each number of digits behind the point, each remainder of the digits so far;
        // the last rows, one for each remainder, have just read the point.
        int StateOf(int digits, int remainder) => 2 + (digits * divisor) + remainder;

        var states = new List<DfaState> { new(false, Digits(0, 0)), new(false, Digits(0, 0)) };
        states[0].Edges.Insert(0, new DfaEdge('-', '-', 1));
        for (var digits = 0; digits <= decimals; digits++)
        {
            for (var remainder = 0; remainder < divisor; remainder++)
            {
                List<DfaEdge> edges = digits == 0 && decimals > 0 ? [new DfaEdge('.', '.', StateOf(decimals + 1, remainder))] : [];
                edges.AddRange(digits == 0 ? Digits(remainder, 0) : digits < decimals ? Digits(remainder, digits + 1) : []);
                states.Add(new DfaState(remainder * BigInteger.Pow(10, decimals - digits) % divisor == 0, edges));
            }
        }

        for (var remainder = 0; remainder < divisor && decimals > 0; remainder++)
        {
            states.Add(new DfaState(false, Digits(remainder, 1)));
        }

        return Trim(states);

        List<DfaEdge> Digits(int remainder, int digits) =>
            [.. Enumerable.Range(0, 10).Select(d => new DfaEdge('0' + d, '0' + d, StateOf(digits, ((remainder * 10) + d) % divisor)))];
    }

    public Dfa Intersect(Dfa other, string where)
    {
        var index = new Dictionary<(int, int), int>();
        var pending = new List<(int Left, int Right)>();
        var states = new List<DfaState>();

        int StateOf(int left, int right)
        {
            if (!index.TryGetValue((left, right), out var id))
            {
                id = index[(left, right)] = pending.Count < MaxStates
                    ? pending.Count
                    : throw GuideNotSupported.Because($"an automaton of more than {MaxStates} states", where);
                pending.Add((left, right));
            }

            return id;
        }

        if (AcceptsNothing || other.AcceptsNothing)
        {
            return Nothing;
        }

        StateOf(0, 0);
        for (var i = 0; i < pending.Count; i++)
        {
            var (left, right) = (States[pending[i].Left], other.States[pending[i].Right]);
            var edges = new List<DfaEdge>();
            foreach (var a in left.Edges)
            {
                foreach (var b in right.Edges)
                {
                    var (first, last) = (Math.Max(a.First, b.First), Math.Min(a.Last, b.Last));
                    if (first <= last)
                    {
                        edges.Add(new DfaEdge(first, last, StateOf(a.Target, b.Target)));
                    }
                }
            }

            edges.Sort((a, b) => a.First.CompareTo(b.First));
            states.Add(new DfaState(left.Accepting && right.Accepting, edges));
        }

        return Trim(states);
    }

    public Dfa Complement()
    {
        if (AcceptsNothing)
        {
            return AnyText;
        }

        var sink = States.Count;
        var states = new List<DfaState>(sink + 1);
        foreach (var state in States)
        {
            var edges = new List<DfaEdge>();
            var next = 0;
            foreach (var edge in state.Edges)
            {
                if (edge.First > next)
                {
                    edges.Add(new DfaEdge(next, edge.First - 1, sink));
                }

                edges.Add(edge);
                next = edge.Last + 1;
            }

            if (next <= CodePointSet.MaxCodePoint)
            {
                edges.Add(new DfaEdge(next, CodePointSet.MaxCodePoint, sink));
            }

            states.Add(new DfaState(!state.Accepting, edges));
        }

        states.Add(new DfaState(true, [new DfaEdge(0, CodePointSet.MaxCodePoint, sink)]));
        return Trim(states);
    }

    public bool Matches(string text)
    {
        if (AcceptsNothing)
        {
            return false;
        }

        var state = 0;
        foreach (var rune in text.EnumerateRunes())
        {
            state = States[state].Next(rune.Value);
            if (state < 0)
            {
                return false;
            }
        }

        return States[state].Accepting;
    }

    private static List<DfaEdge> Partition(List<(CodePointRange Range, int Target)> edges, Func<int[], int> stateOf)
    {
        var bounds = new SortedSet<int>();
        foreach (var (range, _) in edges)
        {
            bounds.Add(range.First);
            bounds.Add(range.Last + 1);
        }

        var result = new List<DfaEdge>();
        var starts = bounds.ToArray();
        for (var i = 0; i + 1 < starts.Length; i++)
        {
            var targets = new List<int>();
            foreach (var (range, target) in edges)
            {
                if (range.First <= starts[i] && starts[i] <= range.Last)
                {
                    targets.Add(target);
                }
            }

            if (targets.Count == 0)
            {
                continue;
            }

            var state = stateOf([.. targets]);
            if (result.Count > 0 && result[^1].Target == state && result[^1].Last == starts[i] - 1)
            {
                result[^1] = result[^1] with { Last = starts[i + 1] - 1 };
            }
            else
            {
                result.Add(new DfaEdge(starts[i], starts[i + 1] - 1, state));
            }
        }

        return result;
    }

    // Drops states from which nothing is accepted: a guide must never lead into them.
    private static Dfa Trim(List<DfaState> states)
    {
        var sources = new List<int>[states.Count];
        for (var i = 0; i < states.Count; i++)
        {
            sources[i] = [];
        }

        var alive = new bool[states.Count];
        var work = new Stack<int>();
        for (var i = 0; i < states.Count; i++)
        {
            foreach (var edge in states[i].Edges)
            {
                sources[edge.Target].Add(i);
            }

            if (states[i].Accepting)
            {
                alive[i] = true;
                work.Push(i);
            }
        }

        while (work.TryPop(out var target))
        {
            foreach (var source in sources[target])
            {
                if (!alive[source])
                {
                    alive[source] = true;
                    work.Push(source);
                }
            }
        }

        if (states.Count == 0 || !alive[0])
        {
            return Nothing;
        }

        var renamed = new int[states.Count];
        var count = 0;
        for (var i = 0; i < states.Count; i++)
        {
            renamed[i] = alive[i] ? count++ : -1;
        }

        var result = new List<DfaState>(count);
        for (var i = 0; i < states.Count; i++)
        {
            if (alive[i])
            {
                var edges = states[i].Edges.Where(e => alive[e.Target]).Select(e => e with { Target = renamed[e.Target] }).ToList();
                result.Add(new DfaState(states[i].Accepting, edges));
            }
        }

        return new Dfa(result);
    }
}

/// <summary>A state: whether a text may end here, and where each code point leads; edges are sorted and disjoint.</summary>
internal sealed record DfaState(bool Accepting, List<DfaEdge> Edges)
{
    public int Next(int codePoint)
    {
        foreach (var edge in Edges)
        {
            if (codePoint <= edge.Last)
            {
                return codePoint >= edge.First ? edge.Target : -1;
            }
        }

        return -1;
    }
}

/// <summary>Code points <paramref name="First"/> … <paramref name="Last"/> lead to <paramref name="Target"/>.</summary>
internal readonly record struct DfaEdge(int First, int Last, int Target);
