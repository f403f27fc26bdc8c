using System.Runtime.InteropServices;
using LlamaFp4.Native.Diagnostics.Interop;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>Reads driver and GPUs through NVML, from its initialisation to its shutdown.</summary>
internal static unsafe class NvmlReader
{
    public static NvidiaDriver Read()
    {
        try
        {
            var result = Nvml.nvmlInit_v2();
            if (result != Nvml.Success)
            {
                return new NvidiaDriver { Problem = Describe(result) };
            }
        }
        catch (DllNotFoundException)
        {
            return new NvidiaDriver();
        }
        catch (Exception exception) when (exception is EntryPointNotFoundException or BadImageFormatException)
        {
            return new NvidiaDriver { Problem = exception.Message };
        }

        try
        {
            return ReadInitialized();
        }
        catch (NvmlException exception)
        {
            return new NvidiaDriver { Problem = exception.Message };
        }
        catch (EntryPointNotFoundException exception)
        {
            // A driver from before 2018.
            return new NvidiaDriver { Problem = exception.Message };
        }
        finally
        {
            _ = Nvml.nvmlShutdown();
        }
    }

    private static NvidiaDriver ReadInitialized()
    {
        var buffer = stackalloc byte[Nvml.TextLength];
        Require(Nvml.nvmlSystemGetDriverVersion(buffer, Nvml.TextLength), "driver version");
        var driverVersion = ToText(buffer);

        Require(Nvml.nvmlSystemGetCudaDriverVersion_v2(out var cuda), "CUDA version");
        Require(Nvml.nvmlDeviceGetCount_v2(out var count), "number of GPUs");
        return new NvidiaDriver
        {
            Version = driverVersion,
            CudaVersion = new Version(cuda / 1000, cuda % 1000 / 10),
            Gpus = [.. Enumerable.Range(0, (int)count).Select(ReadGpu)],
        };
    }

    private static NvidiaGpu ReadGpu(int index)
    {
        Require(Nvml.nvmlDeviceGetHandleByIndex_v2((uint)index, out var device), $"GPU {index}");

        var buffer = stackalloc byte[Nvml.TextLength];
        Require(Nvml.nvmlDeviceGetName(device, buffer, Nvml.TextLength), $"name of GPU {index}");
        Require(Nvml.nvmlDeviceGetCudaComputeCapability(device, out var major, out var minor), $"compute capability of GPU {index}");

        // Not supported where GPU and processor share their memory (GB10).
        var memoryResult = Nvml.nvmlDeviceGetMemoryInfo(device, out var memory);
        var knowsMemory = memoryResult != Nvml.NotSupported;
        if (knowsMemory)
        {
            Require(memoryResult, $"memory of GPU {index}");
        }

        return new NvidiaGpu
        {
            Index = index,
            Name = ToText(buffer),
            ComputeCapability = new Version(major, minor),
            TotalMemory = knowsMemory ? (long)memory.Total : null,
            FreeMemory = knowsMemory ? (long)memory.Free : null,
        };
    }

    private static void Require(int result, string what)
    {
        if (result != Nvml.Success)
        {
            throw new NvmlException($"{what}: {Describe(result)}");
        }
    }

    private static string Describe(int result) => $"{ToText(Nvml.nvmlErrorString(result))} (NVML error {result})";

    private static string ToText(byte* text) => Marshal.PtrToStringUTF8((nint)text) ?? "";

    /// <summary>A call that failed; never leaves this class.</summary>
    private sealed class NvmlException(string message) : Exception(message);
}
