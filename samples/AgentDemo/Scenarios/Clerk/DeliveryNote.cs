using System.ComponentModel;

namespace AgentDemo.Scenarios.Clerk;

/// <summary>The form that the clerk fills in.</summary>
internal sealed record DeliveryNote(
    [property: Description("name of the customer")] string Customer,
    [property: Description("the product")] string Item,
    [property: Description("how many")] int Quantity,
    [property: Description("the city")] string City);
