using System.Reflection;
using System.Runtime.InteropServices;

namespace LlamaFp4.Native.Diagnostics.Interop;

/// <summary>Declarations of the NVIDIA Management Library that comes with every driver. Each call returns 0 or an error code.</summary>
internal static unsafe partial class Nvml
{
    public const int Success = 0;
    public const int NotSupported = 3;

    /// <summary>Length that is enough for every text this library writes (the longest are device names, 96).</summary>
    public const int TextLength = 128;

    private const string Library = "nvidia-ml";

    // Where the loader does not look by itself: WSL, container runtimes, NixOS; old Windows drivers.
    private static readonly string[] Candidates = OperatingSystem.IsWindows()
        ? ["nvml.dll", Environment.ExpandEnvironmentVariables(@"%ProgramW6432%\NVIDIA Corporation\NVSMI\nvml.dll")]
        : ["libnvidia-ml.so.1", "/usr/lib/wsl/lib/libnvidia-ml.so.1", "/usr/local/nvidia/lib64/libnvidia-ml.so.1", "/run/opengl-driver/lib/libnvidia-ml.so.1"];

    static Nvml() => NativeLibrary.SetDllImportResolver(typeof(Nvml).Assembly, Resolve);

    /// <summary>The file that is looked for.</summary>
    public static string LibraryFile => Candidates[0];

    [LibraryImport(Library)]
    public static partial int nvmlInit_v2();

    [LibraryImport(Library)]
    public static partial int nvmlShutdown();

    /// <summary>A static text of the library: nobody frees it.</summary>
    [LibraryImport(Library)]
    public static partial byte* nvmlErrorString(int result);

    [LibraryImport(Library)]
    public static partial int nvmlSystemGetDriverVersion(byte* version, uint length);

    /// <summary>1000 · major + 10 · minor.</summary>
    [LibraryImport(Library)]
    public static partial int nvmlSystemGetCudaDriverVersion_v2(out int version);

    [LibraryImport(Library)]
    public static partial int nvmlDeviceGetCount_v2(out uint count);

    /// <summary>The handle lives until <see cref="nvmlShutdown"/>.</summary>
    [LibraryImport(Library)]
    public static partial int nvmlDeviceGetHandleByIndex_v2(uint index, out nint device);

    [LibraryImport(Library)]
    public static partial int nvmlDeviceGetName(nint device, byte* name, uint length);

    [LibraryImport(Library)]
    public static partial int nvmlDeviceGetCudaComputeCapability(nint device, out int major, out int minor);

    [LibraryImport(Library)]
    public static partial int nvmlDeviceGetMemoryInfo(nint device, out Memory memory);

    private static nint Resolve(string name, Assembly assembly, DllImportSearchPath? searchPath)
    {
        if (name == Library)
        {
            foreach (var candidate in Candidates)
            {
                if (NativeLibrary.TryLoad(candidate, assembly, searchPath, out var library))
                {
                    return library;
                }
            }
        }

        return 0;
    }

    /// <summary><c>nvmlMemory_t</c>, in bytes.</summary>
    [StructLayout(LayoutKind.Sequential)]
    public readonly struct Memory
    {
        public readonly ulong Total;
        public readonly ulong Free;
        public readonly ulong Used;
    }
}
