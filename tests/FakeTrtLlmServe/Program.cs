using LlamaFp4.FakeTrtLlmServe;

// Plays trtllm-serve; a process that it started ("worker"); and the application that owns it ("own").
await (args switch
{
    ["own", var modelDirectory] => Owner.RunAsync(modelDirectory),
    ["worker"] => Puppet.RunAsync("worker", []),
    _ => Puppet.RunAsync("server", args),
});
