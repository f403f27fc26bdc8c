using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Conformance;

public class LlamaFp4KernelAgentTests : KernelAgentTests
{
    protected override string SpecialsFunctionName => "GetSpecials";

    protected override void AddChatCompletion(IKernelBuilder builder) => builder.AddLlamaFp4ChatCompletion();
}
