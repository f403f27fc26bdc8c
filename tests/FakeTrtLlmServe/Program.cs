using LlamaFp4.FakeTrtLlmServe;

// Plays trtllm-serve; a process that it started ("worker"); and the application that owns it ("own").
await (args switch
{
    ["own", var modelDirectory] => Owner.RunAsync(modelDirectory),
    ["own", var modelDirectory, var dockerImage] => Owner.RunAsync(modelDirectory, dockerImage),
    ["worker"] => Puppet.RunAsync("worker", []),
    _ => Puppet.RunAsync("server", args),
});
