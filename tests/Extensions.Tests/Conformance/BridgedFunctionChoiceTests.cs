using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Conformance;

public class BridgedFunctionChoiceTests : FunctionChoiceTests
{
    /// <summary>The bridge knows no plugins.</summary>
    protected override string DateCallName => ".DateTimeUtils_GetCurrentDate";

    protected override void AddChatCompletion(IKernelBuilder builder) => BridgedChatCompletion.AddTo(builder);
}
