using System.Globalization;

namespace LlamaFp4.Native.TensorRtLlm.Serving;

/// <summary>Ends the server and everything it started as soon as the owner closes a pipe, or dies and the system closes it.</summary>
/// <remarks>
/// <para>The owner holds the writing end of the started process's standard input. A shell starts the watchdog, which waits for the end
/// of that input, and then becomes the server: the owner's child process is the server itself, with its exit code.</para>
/// <para>The server leads a session of its own. What it starts is found by that group, and what has left the group by a variable in its
/// environment. The watchdog keeps the standard error stream open, so its end tells the owner that nothing is left.</para>
/// <para>Why so: docs/decisions, "A started server ends with its owner".</para>
/// </remarks>
internal static class Watchdog
{
    public const string Shell = "/bin/sh";

    // $1: the watchdog's script, $2: seconds between SIGTERM and SIGKILL, $3: the mark, then the command.
    private const string Launch =
        """
        watch=$1 grace=$2 mark=$3 session=
        shift 3
        command -v setsid >/dev/null 2>&1 && session=setsid
        exec 3<&0 </dev/null
        $session /bin/sh -c "$watch" watchdog $$ "$grace" "$mark" <&3 >/dev/null 3<&- &
        export LLAMAFP4_SERVER="$mark"
        exec $session "$@" 3<&-
        """;

    // $1: the server's process id, also of its group, $2: seconds, $3: the mark.
    private const string Watch =
        """
        trap '' HUP INT TERM QUIT PIPE
        while read -r line; do :; done
        kill -TERM "$1" 2>/dev/null
        tenths=$(($2 * 10))
        while [ "$tenths" -gt 0 ] && kill -0 "$1" 2>/dev/null; do
          sleep 0.1 2>/dev/null || sleep 1
          tenths=$((tenths - 1))
        done
        for round in 1 2 3 4 5 6 7 8 9 10; do
          kill -KILL "-$1" 2>/dev/null
          kill -KILL "$1" 2>/dev/null
          left=$(grep -ls -e "LLAMAFP4_SERVER=$3" /proc/[0-9]*/environ | cut -d / -f 3)
          [ -n "$left" ] || break
          kill -KILL $left 2>/dev/null
          sleep 0.1 2>/dev/null
        done
        """;

    /// <summary>Arguments of <see cref="Shell"/> that run a command under the watchdog.</summary>
    /// <param name="command">Program and arguments; no shell reads them.</param>
    /// <param name="grace">Time between asking to end and killing.</param>
    /// <param name="mark">Letters and digits that no other server has.</param>
    public static IReadOnlyList<string> ArgumentsFor(IReadOnlyList<string> command, TimeSpan grace, string mark) =>
        ["-c", Launch, "launch", Watch, Math.Ceiling(grace.TotalSeconds).ToString(CultureInfo.InvariantCulture), mark, .. command];
}
