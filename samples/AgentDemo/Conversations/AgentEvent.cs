using System.Text.Json;
using System.Text.Json.Serialization;

namespace AgentDemo.Conversations;

/// <summary>What happens while an agent answers. Terminal, JSON lines and web page show the same events.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "type")]
[JsonDerivedType(typeof(Asked), "question")]
[JsonDerivedType(typeof(Words), "words")]
[JsonDerivedType(typeof(ApprovalWanted), "approval")]
[JsonDerivedType(typeof(Called), "call")]
[JsonDerivedType(typeof(Returned), "result")]
[JsonDerivedType(typeof(Refused), "refused")]
[JsonDerivedType(typeof(Filled), "form")]
[JsonDerivedType(typeof(Answered), "answer")]
[JsonDerivedType(typeof(Stopped), "stopped")]
[JsonDerivedType(typeof(Failed), "error")]
internal abstract record AgentEvent;

/// <summary>A question that the person who reads has not typed.</summary>
internal sealed record Asked(string Text) : AgentEvent;

/// <summary>The next piece of the answer.</summary>
internal sealed record Words(string Text) : AgentEvent;

/// <summary>A page has to ask its reader before a call.</summary>
/// <param name="Number">To be given back with the decision.</param>
/// <param name="Call">The call.</param>
internal sealed record ApprovalWanted(int Number, ToolCall Call) : AgentEvent;

/// <summary>The model calls a tool, and nothing stands in its way.</summary>
internal sealed record Called(ToolCall Call) : AgentEvent;

/// <summary>The tool's result, or what went wrong.</summary>
internal sealed record Returned(ToolCall Call, string Result) : AgentEvent;

/// <summary>A person did not allow the call; the tool has not run.</summary>
internal sealed record Refused(ToolCall Call) : AgentEvent;

/// <summary>The answer of an agent that fills in forms.</summary>
internal sealed record Filled(JsonElement Form) : AgentEvent;

/// <summary>The answer is complete.</summary>
/// <param name="Text">All of its words.</param>
/// <param name="PromptTokens">Tokens read, over all rounds to the model.</param>
/// <param name="CachedPromptTokens">Part of them that the engine still had.</param>
/// <param name="FirstWordMilliseconds">From the question to the first word, tools included.</param>
/// <param name="TokensPerSecond">Speed of the last stretch of text; <see langword="null"/> if it came in one piece.</param>
internal sealed record Answered(string Text, long PromptTokens, long CachedPromptTokens, double? FirstWordMilliseconds, double? TokensPerSecond) : AgentEvent;

/// <summary>The person stopped the answer.</summary>
internal sealed record Stopped : AgentEvent;

/// <summary>The question could not be answered.</summary>
internal sealed record Failed(string Message) : AgentEvent;

/// <summary>Events as JSON.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(AgentEvent))]
internal sealed partial class AgentEventJson : JsonSerializerContext;
