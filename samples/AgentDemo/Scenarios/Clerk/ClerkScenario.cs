namespace AgentDemo.Scenarios.Clerk;

/// <summary>A clerk without tools: whatever text it gets, its answer is a filled-in form, because nothing else can be generated.</summary>
internal static class ClerkScenario
{
    public static Scenario Scenario { get; } = new()
    {
        Name = "clerk",
        Title = "a clerk who fills in delivery notes",
        Instructions = "You fill in delivery notes.",
        Form = typeof(DeliveryNote),
        Script = new(
        [
            new("Please send 12 chairs to Anna Berg in Hamburg.") { Form = new DeliveryNote("Anna Berg", "chairs", 12, "Hamburg") },
            new("Please send 40 tables to Peter Novak in Lisbon.") { Form = new DeliveryNote("Peter Novak", "tables", 40, "Lisbon") },
        ]),
    };
}
