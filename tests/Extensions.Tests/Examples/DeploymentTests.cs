using LlamaFp4.Native.TensorRtLlm;
using LlamaFp4.Native.TensorRtLlm.Serving;

namespace LlamaFp4.Extensions.Tests.Examples;

/// <summary>The programs of docs/deployment, compiled; they need the hardware to run. <see cref="DocumentationTests"/> compares the text.</summary>
internal static class DeploymentTests
{
    internal static async Task OneNode()
    {
        await using var server = await TrtLlmServer.StartAsync(new TrtLlmServerOptions
        {
            ModelDirectory = "/models/Llama-3.1-405B-Instruct-FP4",
            DockerImage = "nvcr.io/nvidia/tensorrt-llm/release:1.3.0rc24",
        });
        using var session = await TensorRtLlmSession.ConnectAsync(new TensorRtLlmOptions
        {
            CheckpointDirectory = "/models/Llama-3.1-405B-Instruct-FP4",
            Endpoints = { server.Endpoint },
        });
    }

    internal static async Task TwoNodes(string token)
    {
        using var session = await TensorRtLlmSession.ConnectAsync(new TensorRtLlmOptions
        {
            CheckpointDirectory = "/models/Llama-3.1-405B-Instruct-FP4",
            Endpoints = { new Uri("smgs://node1:443"), new Uri("smgs://node2:443") },
            BearerToken = token,
        });
    }
}
