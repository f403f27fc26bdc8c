namespace LlamaFp4.Acceptance.Checks;

/// <summary>Questions that a client of one running server cannot answer, so that the report says where to look.</summary>
internal static class OutsideChecks
{
    public static IEnumerable<AcceptanceCheck> Questions =>
    [
        AcceptanceCheck.NotMade("In which order do the final messages of several sequences come (n > 1)?", "Never asked for: a request is one sequence"),
        AcceptanceCheck.NotMade("How long does loading take, and how many tokens does the KV cache hold?", "Happened before this run: the server's log says both"),
        AcceptanceCheck.NotMade("What do free_gpu_memory_fraction 0.95, max_batch_size 256 and KV cache manager V2 change?", "Needs a restart with other settings: run this again and compare the reports"),
        AcceptanceCheck.NotMade("Does --grpc work under trtllm-llmapi-launch over several nodes?", "Needs such a deployment: run this against it"),
        AcceptanceCheck.NotMade("Do token ids pass through NVIDIA Dynamo's frontend?", "Needs such a deployment: run this against it"),
        AcceptanceCheck.NotMade("How do the figures compare with MLPerf's?", "Compare the figures above with the published ones for the same GPUs"),
    ];
}
