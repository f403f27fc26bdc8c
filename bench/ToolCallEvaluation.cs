using System.Globalization;
using System.Text.Json;
using LlamaFp4.Native.Cpu;
using LlamaFp4.PocketModel;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Bench;

/// <summary>Asks a model the requests of <c>models/pocket/evaluation/handwritten.json</c> through the client and counts the right calls.</summary>
internal static class ToolCallEvaluation
{
    public static async Task RunAsync(string casesPath, string? checkpointDirectory)
    {
        using var cases = JsonDocument.Parse(await File.ReadAllBytesAsync(casesPath));
        foreach (var numerics in Enum.GetValues<CpuNumerics>())
        {
            using var session = CpuSession.Load(checkpointDirectory ?? PocketCheckpoint.DirectoryPath, new CpuSessionOptions { Numerics = numerics });
            using var client = session.AsIChatClient();
            var right = 0;
            foreach (var request in cases.RootElement.EnumerateArray())
            {
                right += await IsRightAsync(client, request) ? 1 : 0;
            }

            var count = cases.RootElement.GetArrayLength();
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{numerics}: {right} of {count} right, {100.0 * right / count:0.0} %"));
        }
    }

    private static async Task<bool> IsRightAsync(IChatClient client, JsonElement request)
    {
        var options = new ChatOptions
        {
            Tools = [.. request.GetProperty("tools").EnumerateArray().Select(ToTool)],
            Temperature = 0,
            MaxOutputTokens = 200,
            AllowMultipleToolCalls = false,
        };
        var response = await client.GetResponseAsync(ToMessages(request), options);
        var call = response.Messages.SelectMany(message => message.Contents).OfType<FunctionCallContent>().FirstOrDefault();
        return request.TryGetProperty("expect_any", out var several)
            ? several.EnumerateArray().Any(expected => IsExpected(call, expected))
            : IsExpected(call, request.GetProperty("expect"));
    }

    private static bool IsExpected(FunctionCallContent? call, JsonElement expected)
    {
        var name = expected.GetProperty("name").GetString();
        return call is null
            ? name is null
            : call.Name == name && JsonElement.DeepEquals(JsonSerializer.SerializeToElement(call.Arguments, AIJsonUtilities.DefaultOptions), expected.GetProperty("arguments"));
    }

    private static AITool ToTool(JsonElement tool) => AIFunctionFactory.CreateDeclaration(
        tool.GetProperty("name").GetString()!, tool.GetProperty("description").GetString(), tool.GetProperty("parameters"));

    private static List<ChatMessage> ToMessages(JsonElement request)
    {
        List<ChatMessage> messages = request.TryGetProperty("system", out var system) ? [new(ChatRole.System, system.GetString())] : [];
        var calls = 0;
        foreach (var message in request.GetProperty("messages").EnumerateArray())
        {
            messages.Add(message switch
            {
                _ when message.TryGetProperty("tool_calls", out var made) => new(ChatRole.Assistant, [ToCall(made[0], $"call {++calls}")]),
                _ when message.GetProperty("role").ValueEquals("tool") => new(ChatRole.Tool, [new FunctionResultContent($"call {calls}", message.GetProperty("content").GetString())]),
                _ => new(new ChatRole(message.GetProperty("role").GetString()!), message.GetProperty("content").GetString()),
            });
        }

        return messages;
    }

    private static FunctionCallContent ToCall(JsonElement call, string id) => new(
        id,
        call.GetProperty("name").GetString()!,
        call.GetProperty("arguments").EnumerateObject().ToDictionary(argument => argument.Name, argument => (object?)argument.Value));
}
