using System.Runtime.InteropServices;

namespace LlamaFp4.Native.Cpu.Interop;

/// <summary>Thread affinity in Windows, within the process's processor group. 0 is an error; the two handles are pseudo-handles and not closed.</summary>
internal static partial class Kernel32
{
    private const string Library = "kernel32";

    [LibraryImport(Library)]
    internal static partial nint GetCurrentProcess();

    [LibraryImport(Library)]
    internal static partial nint GetCurrentThread();

    [LibraryImport(Library)]
    internal static partial int GetProcessAffinityMask(nint process, out nuint processMask, out nuint systemMask);

    [LibraryImport(Library)]
    internal static partial nuint SetThreadAffinityMask(nint thread, nuint mask);
}
