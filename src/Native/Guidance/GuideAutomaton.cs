namespace LlamaFp4.Native.Guidance;

/// <summary>Runs a grammar over bytes and answers which tokens may come next. Everything it finds out is kept for the next time.</summary>
/// <remarks>
/// <para>A configuration is a stack: a grammar node and the nodes to come back to. A state is the set of all configurations the text so far
/// allows; states and their successors are made when first needed, and equal ones are the same object.</para>
/// <para>Which tokens a configuration allows depends on its top node alone, except for tokens in which the rule of that node ends.
/// So the walk over the vocabulary is done once for each set of top nodes, and only the rests of tokens behind such an end are
/// walked again for each stack.</para>
/// <para>Thread-safety: all members may be called concurrently; they take one lock.</para>
/// </remarks>
internal sealed class GuideAutomaton
{
    private const long MaxBytes = 32_000_000;
    private const int BytesPerState = 2_500;

    private readonly Grammar _grammar;
    private readonly VocabularyTrie _trie;
    private readonly Lock _lock = new();
    private readonly Dictionary<(int Node, GuideStack? Parent), GuideStack> _stacks = [];
    private readonly Dictionary<GuideStack[], GuideState> _states = new(StackSetComparer.Instance);
    private readonly Dictionary<GuideState, LocalMask> _localMasks = [];
    private readonly GuideState?[] _path;
    private int _nextStackId;
    private long _bytes;

    public GuideAutomaton(Grammar grammar, VocabularyTrie trie)
    {
        if (!grammar.Prune())
        {
            throw GuideNotSupported.Because("nothing satisfies it", "the whole guide");
        }

        _grammar = grammar;
        _trie = trie;
        _path = new GuideState?[trie.MaxDepth + 1];
        lock (_lock)
        {
            Start = StateOf([StackOf(grammar.Start, null)]);
        }
    }

    /// <summary>Nothing generated yet.</summary>
    public GuideState Start { get; private set; }

    /// <summary>The state behind some bytes; <see langword="null"/> if they are not allowed.</summary>
    public GuideState? Next(GuideState state, ReadOnlySpan<byte> bytes)
    {
        lock (_lock)
        {
            if (_bytes > MaxBytes)
            {
                StartAnew();
            }

            var next = state;
            foreach (var value in bytes)
            {
                next = Next(next, value);
                if (next is null)
                {
                    return null;
                }
            }

            return next;
        }
    }

    /// <summary>The state behind a control token; <see langword="null"/> if it is not allowed.</summary>
    public GuideState? NextByControlToken(GuideState state, int tokenId)
    {
        lock (_lock)
        {
            var targets = new List<GuideStack>();
            foreach (var stack in state.Stacks)
            {
                foreach (var edge in _grammar[stack.Node].Tokens)
                {
                    if (edge.TokenId == tokenId)
                    {
                        targets.Add(StackOf(edge.Target, stack.Parent));
                    }
                }
            }

            return targets.Count == 0 ? null : StateOf(targets);
        }
    }

    /// <summary>The tokens that may follow: those after which the text can still be completed. Stop tokens are not among them.</summary>
    public TokenSet AllowedTokens(GuideState state)
    {
        lock (_lock)
        {
            if (state.Allowed is null)
            {
                _bytes += _trie.VocabularySize / 8;
                state.Allowed = FindAllowedTokens(state);
            }

            return state.Allowed;
        }
    }

    private TokenSet FindAllowedTokens(GuideState state)
    {
        var result = new TokenSet(_trie.VocabularySize);
        foreach (var group in state.Stacks.GroupBy(s => s.Parent))
        {
            var local = group.Key is null && group.Count() == state.Stacks.Length
                ? state
                : StateOf([.. group.Select(s => StackOf(s.Node, null))]);
            var mask = LocalMaskOf(local);
            result.UnionWith(mask.Allowed);
            if (group.Key is { } parent)
            {
                var after = StateOf([parent]);
                foreach (var node in mask.RuleEnds)
                {
                    Walk(after, node + 1, _trie.Nodes[node].End, _trie.Nodes[node].Depth, result, null);
                }
            }
        }

        foreach (var stack in state.Stacks)
        {
            foreach (var edge in _grammar[stack.Node].Tokens)
            {
                result.Add(edge.TokenId);
            }
        }

        return result;
    }

    private LocalMask LocalMaskOf(GuideState local)
    {
        if (!_localMasks.TryGetValue(local, out var mask))
        {
            mask = new LocalMask(new TokenSet(_trie.VocabularySize), []);
            Walk(local, 0, _trie.Nodes.Length, 0, mask.Allowed, mask.RuleEnds);
            _localMasks.Add(local, mask);
            _bytes += _trie.VocabularySize / 8;
        }

        return mask;
    }

    // Walks part of the vocabulary: nodes first … end, which lie below a prefix of the given depth that led to the state.
    private void Walk(GuideState from, int first, int end, int depth, TokenSet allowed, List<int>? ruleEnds)
    {
        var nodes = _trie.Nodes;
        _path[depth] = from;
        for (var i = first; i < end;)
        {
            ref readonly var node = ref nodes[i];
            var before = _path[node.Depth - 1]!;
            var state = before.TryNext(node.Byte, out var known) ? known : Next(before, node.Byte);
            if (state is null)
            {
                i = node.End;
                continue;
            }

            _path[node.Depth] = state;
            if (node.TokenId >= 0)
            {
                allowed.Add(node.TokenId);
            }

            if (state.IsComplete)
            {
                ruleEnds?.Add(i);
            }

            i++;
        }
    }

    private GuideState? Next(GuideState state, byte value)
    {
        if (state.TryNext(value, out var known))
        {
            return known;
        }

        var targets = new List<GuideStack>();
        foreach (var stack in state.Stacks)
        {
            foreach (var edge in _grammar[stack.Node].Bytes)
            {
                if (edge.First <= value && value <= edge.Last)
                {
                    targets.Add(StackOf(edge.Target, stack.Parent));
                }
            }
        }

        return state.Remember(value, targets.Count == 0 ? null : StateOf(targets));
    }

    // The state of everything reachable from the stacks without reading.
    private GuideState StateOf(List<GuideStack> stacks)
    {
        var seen = new HashSet<GuideStack>();
        var readers = new List<GuideStack>();
        var complete = false;
        var work = new Stack<GuideStack>(stacks);
        while (work.TryPop(out var stack))
        {
            if (!seen.Add(stack))
            {
                continue;
            }

            if (stack.Node == _grammar.End)
            {
                if (stack.Parent is { } caller)
                {
                    work.Push(caller);
                }
                else
                {
                    complete = true;
                }

                continue;
            }

            var node = _grammar[stack.Node];
            if (node.Bytes.Count > 0 || node.Tokens.Count > 0)
            {
                readers.Add(stack);
            }

            foreach (var target in node.Epsilon)
            {
                work.Push(StackOf(target, stack.Parent));
            }

            foreach (var call in node.Calls)
            {
                // A call in last position needs no place to come back to.
                var parent = call.Next == _grammar.End ? stack.Parent : StackOf(call.Next, stack.Parent);
                work.Push(StackOf(call.Rule, parent));
            }
        }

        readers.Sort((a, b) => a.Id.CompareTo(b.Id));
        var key = readers.ToArray();
        if (_states.TryGetValue(key, out var known) && known.IsComplete == complete)
        {
            return known;
        }

        if (known is not null)
        {
            return known.Twin ??= new GuideState(key, complete);
        }

        _bytes += BytesPerState;
        return _states[key] = new GuideState(key, complete);
    }

    // Forgets everything. Running requests hold the states they need; the rest is found again when needed.
    private void StartAnew()
    {
        _bytes = 0;
        _states.Clear();
        _stacks.Clear();
        _localMasks.Clear();
        Start = StateOf([StackOf(_grammar.Start, null)]);
    }

    private GuideStack StackOf(int node, GuideStack? parent)
    {
        if (!_stacks.TryGetValue((node, parent), out var stack))
        {
            stack = _stacks[(node, parent)] = new GuideStack(node, parent, _nextStackId++);
        }

        return stack;
    }

    /// <summary>The tokens that a set of top nodes allows whatever lies below, and the trie nodes at which their rule has ended.</summary>
    private sealed record LocalMask(TokenSet Allowed, List<int> RuleEnds);

    private sealed class StackSetComparer : IEqualityComparer<GuideStack[]>
    {
        public static StackSetComparer Instance { get; } = new();

        public bool Equals(GuideStack[]? x, GuideStack[]? y) => x.AsSpan().SequenceEqual(y);

        public int GetHashCode(GuideStack[] stacks)
        {
            var hash = new HashCode();
            foreach (var stack in stacks)
            {
                hash.Add(stack.Id);
            }

            return hash.ToHashCode();
        }
    }
}

/// <summary>A grammar node and the nodes to come back to. Equal stacks are the same object.</summary>
internal sealed class GuideStack(int node, GuideStack? parent, int id)
{
    public int Node { get; } = node;

    public GuideStack? Parent { get; } = parent;

    public int Id { get; } = id;
}
