namespace AgentDemo.Conversations;

/// <summary>A tool that runs only after a person has allowed the call.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class DangerousAttribute : Attribute;
