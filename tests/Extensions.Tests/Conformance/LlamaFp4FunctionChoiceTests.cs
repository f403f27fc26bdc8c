using Microsoft.SemanticKernel;

namespace LlamaFp4.Extensions.Tests.Conformance;

public class LlamaFp4FunctionChoiceTests : FunctionChoiceTests
{
    protected override string DateCallName => "DateTimeUtils.GetCurrentDate";

    protected override void AddChatCompletion(IKernelBuilder builder) => builder.AddLlamaFp4ChatCompletion();
}
