using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Conformance;

public class BridgedKernelAgentTests : KernelAgentTests
{
    /// <summary>The bridge knows no plugins.</summary>
    protected override string SpecialsFunctionName => "MenuPlugin_GetSpecials";

    protected override void AddChatCompletion(IKernelBuilder builder) => BridgedChatCompletion.AddTo(builder);
}
