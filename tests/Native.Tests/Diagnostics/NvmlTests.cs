using System.Runtime.InteropServices;
using LlamaFp4.Native.Diagnostics;
using LlamaFp4.Native.Diagnostics.Interop;

namespace LlamaFp4.Native.Tests.Diagnostics;

public class NvmlTests
{
    [Fact]
    public void Memory_IsLaidOutAsNvmlMemory()
    {
        Assert.Equal(24, Marshal.SizeOf<Nvml.Memory>());
        Assert.Equal(0, Marshal.OffsetOf<Nvml.Memory>(nameof(Nvml.Memory.Total)));
        Assert.Equal(8, Marshal.OffsetOf<Nvml.Memory>(nameof(Nvml.Memory.Free)));
        Assert.Equal(16, Marshal.OffsetOf<Nvml.Memory>(nameof(Nvml.Memory.Used)));
    }

    [Fact]
    public void Read_AnyMachine_DescribesItWithoutThrowing()
    {
        var driver = NvidiaDriver.Read();

        Assert.True(driver.IsInstalled || driver.Gpus.Count == 0);
        Assert.All(driver.Gpus, gpu => Assert.NotEmpty(gpu.Name));
        Assert.All(driver.Gpus, gpu => Assert.True(gpu.FreeMemory <= gpu.TotalMemory || gpu.TotalMemory is null));
    }

    [Fact]
    public void Read_Twice_GivesTheSameGpus()
    {
        var first = NvidiaDriver.Read();
        var second = NvidiaDriver.Read();

        Assert.Equal(first.Version, second.Version);
        Assert.Equal(first.Gpus.Select(gpu => gpu.Name), second.Gpus.Select(gpu => gpu.Name));
    }
}
