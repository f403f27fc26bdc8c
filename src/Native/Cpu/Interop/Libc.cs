using System.Runtime.InteropServices;

namespace LlamaFp4.Native.Cpu.Interop;

/// <summary>Thread affinity in Linux: <c>sched(7)</c>. 0 is success, −1 an error in errno; pid 0 is the calling thread.</summary>
internal static unsafe partial class Libc
{
    private const string Library = "libc";

    [LibraryImport(Library)]
    internal static partial int sched_getaffinity(int pid, nuint cpusetsize, ulong* mask);

    [LibraryImport(Library)]
    internal static partial int sched_setaffinity(int pid, nuint cpusetsize, ulong* mask);
}
