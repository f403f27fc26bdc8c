namespace LlamaFp4.Native.Guidance;

/// <summary>Everything the text so far allows.</summary>
internal sealed class GuideState(GuideStack[] stacks, bool isComplete)
{
    private GuideState?[]? _next;
    private UInt256 _known;

    /// <summary>The configurations that can read on.</summary>
    public GuideStack[] Stacks { get; } = stacks;

    /// <summary>Whether the text may end here.</summary>
    public bool IsComplete { get; } = isComplete;

    /// <summary>The tokens that may follow, once they have been asked for.</summary>
    public TokenSet? Allowed { get; set; }

    /// <summary>The state with the same configurations and the other answer to <see cref="IsComplete"/>.</summary>
    public GuideState? Twin { get; set; }

    public bool TryNext(byte value, out GuideState? next)
    {
        next = _next?[value];
        return next is not null || _known.Contains(value);
    }

    public GuideState? Remember(byte value, GuideState? next)
    {
        _known.Add(value);
        if (next is not null)
        {
            _next ??= new GuideState?[256];
            _next[value] = next;
        }

        return next;
    }

    private struct UInt256
    {
        private ulong _a, _b, _c, _d;

        public readonly bool Contains(byte value) => ((value >> 6) switch { 0 => _a, 1 => _b, 2 => _c, _ => _d } >> value & 1) != 0;

        public void Add(byte value)
        {
            var bit = 1UL << value;
            switch (value >> 6)
            {
                case 0: _a |= bit; break;
                case 1: _b |= bit; break;
                case 2: _c |= bit; break;
                default: _d |= bit; break;
            }
        }
    }
}
