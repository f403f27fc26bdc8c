namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>How many prompt tokens a step takes beside requests that generate, so that they keep their pace.</summary>
/// <remarks>
/// <para>A step may last two and a half times as long as one that only generates: what is beyond that goes to the next. How many
/// tokens that allows follows from the steps themselves, because it depends on the model, the machine and the length of the prompt.</para>
/// <para>Only when a token is computed changes by this, never which token it is.</para>
/// </remarks>
internal sealed class PrefillPace
{
    private const double Growth = 2.5;

    // After so many steps beside prompts the time of one without is measured again, because it grows with every token of the streams: by the
    // faster of two, as one of them may have been interrupted, and the prompts would then take more time than is theirs.
    private const int StepsToTrust = 100;
    private const int StepsToMeasure = 2;

    private readonly int _most;
    private readonly double[] _secondsAlone;
    private readonly double[] _secondsLast;
    private readonly int[] _stepsToMeasure;
    private readonly int[] _stepsSince;
    private double _allowed = 2;
    private int _generatingBefore;

    /// <param name="most">Prompt tokens of a step that generates nothing.</param>
    /// <param name="concurrent">Most requests that generate together.</param>
    public PrefillPace(int most, int concurrent)
    {
        _most = most;
        _secondsAlone = new double[concurrent + 1];
        _secondsLast = new double[concurrent + 1];
        _stepsToMeasure = [.. Enumerable.Repeat(StepsToMeasure, concurrent + 1)];
        _stepsSince = new int[concurrent + 1];
    }

    /// <summary>Prompt tokens of the next step: none while it is not known how long it takes without, or other requests than before may generate.</summary>
    /// <param name="generating">Requests that generate a token in it.</param>
    public int Tokens(int generating) =>
        generating == 0 ? _most
        : _stepsToMeasure[generating] > 0 ? 0
        : (int)_allowed;

    /// <summary>A step has been computed.</summary>
    public void Observe(int generating, int promptTokens, double seconds)
    {
        var isSameNumber = generating == _generatingBefore;
        _generatingBefore = generating;
        if (generating == 0)
        {
            return;
        }

        ref var alone = ref _secondsAlone[generating];
        ref var last = ref _secondsLast[generating];
        if (!isSameNumber)
        {
            // As many as once before, but perhaps others, with more or less context.
            (_stepsToMeasure[generating], last) = (int.Max(1, _stepsToMeasure[generating]), 0);
        }

        if (promptTokens == 0)
        {
            alone = last == 0 ? seconds : double.Min(seconds, last);
            last = seconds;
            _stepsToMeasure[generating] = int.Max(0, _stepsToMeasure[generating] - 1);
            _stepsSince[generating] = 0;
            return;
        }

        if (++_stepsSince[generating] == StepsToTrust)
        {
            (_stepsToMeasure[generating], last) = (StepsToMeasure, 0);
        }

        // seconds = alone + promptTokens · cost, and allowed · cost = (Growth − 1) · alone.
        var cost = double.Max((seconds - alone) / promptTokens, double.Epsilon);
        var fitting = (Growth - 1) * alone / cost;
        _allowed = double.Clamp(fitting, 1, double.Min(2 * double.Max(_allowed, promptTokens), _most));
    }
}
