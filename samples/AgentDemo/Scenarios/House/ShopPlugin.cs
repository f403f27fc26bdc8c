using System.ComponentModel;
using System.Globalization;
using Microsoft.SemanticKernel;

namespace AgentDemo.Scenarios.House;

/// <summary>A grocer with a shopping cart. Sums are computed here: a language model should not do arithmetic.</summary>
internal sealed class ShopPlugin
{
    private static readonly Dictionary<string, decimal> PriceByItem = new(StringComparer.OrdinalIgnoreCase)
    {
        ["apple"] = 0.60m,
        ["bread"] = 3.20m,
        ["egg"] = 0.35m,
        ["lemon"] = 0.50m,
        ["milk"] = 1.40m,
        ["tomato"] = 0.45m,
    };

    private readonly Dictionary<string, int> _quantityByItem = new(StringComparer.OrdinalIgnoreCase);

    [KernelFunction, Description("Add a product to the shopping cart")]
    public string AddToCart([Description("the product")] string item, [Description("how many")] int quantity)
    {
        if (FindProduct(item) is not { } product)
        {
            return $"Error: The shop does not sell {item}. It sells {string.Join(", ", PriceByItem.Keys)}.";
        }

        if (quantity < 1)
        {
            return $"Error: {quantity} is not a quantity.";
        }

        _quantityByItem[product] = _quantityByItem.GetValueOrDefault(product) + quantity;
        var total = _quantityByItem.Sum(line => line.Value * PriceByItem[line.Key]);
        return string.Create(CultureInfo.InvariantCulture, $"The total is {total:0.00} euros.");
    }

    /// <summary>People say "lemons" and "tomatoes".</summary>
    private static string? FindProduct(string item) =>
        PriceByItem.Keys.FirstOrDefault(product =>
            item.Equals(product, StringComparison.OrdinalIgnoreCase)
            || item.Equals(product + "s", StringComparison.OrdinalIgnoreCase)
            || item.Equals(product + "es", StringComparison.OrdinalIgnoreCase));
}
