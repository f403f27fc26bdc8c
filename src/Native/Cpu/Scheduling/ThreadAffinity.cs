using LlamaFp4.Native.Cpu.Interop;

namespace LlamaFp4.Native.Cpu.Scheduling;

/// <summary>On which processors a thread may run.</summary>
internal static unsafe class ThreadAffinity
{
    // More processors than Linux can be built for; a shorter mask than the kernel's own is refused.
    private const int MaskWords = 8192 / 64;

    public static bool IsSupported => OperatingSystem.IsLinux() || OperatingSystem.IsWindows();

    /// <summary>The processors the calling thread may run on: those that the system, a container or whoever started the process left to it.</summary>
    /// <returns>Ascending; empty if the system does not tell.</returns>
    public static int[] AllowedProcessors()
    {
        var mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        if (OperatingSystem.IsWindows())
        {
            mask[0] = Kernel32.GetProcessAffinityMask(Kernel32.GetCurrentProcess(), out var process, out _) != 0 ? process : 0;
        }
        else if (!OperatingSystem.IsLinux() || Libc.sched_getaffinity(0, MaskWords * sizeof(ulong), mask) < 0)
        {
            return [];
        }

        var processors = new List<int>();
        for (var processor = 0; processor < MaskWords * 64; processor++)
        {
            if ((mask[processor / 64] >> (processor % 64) & 1) != 0)
            {
                processors.Add(processor);
            }
        }

        return [.. processors];
    }

    /// <summary>Keeps the calling thread on one processor. Returns false if the system does not let it.</summary>
    public static bool TryPin(int processor)
    {
        if (OperatingSystem.IsWindows())
        {
            return Kernel32.SetThreadAffinityMask(Kernel32.GetCurrentThread(), (nuint)1 << processor) != 0;
        }

        var mask = stackalloc ulong[MaskWords];
        new Span<ulong>(mask, MaskWords).Clear();
        mask[processor / 64] = 1UL << (processor % 64);
        return OperatingSystem.IsLinux() && Libc.sched_setaffinity(0, MaskWords * sizeof(ulong), mask) == 0;
    }
}
