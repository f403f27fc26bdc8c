using System.ComponentModel;
using System.ComponentModel.DataAnnotations;
using System.Text.Json;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Tests.Conformance;

/// <summary>Tools with every kind of parameter that .NET methods and tool servers declare.</summary>
internal static class ToolCatalog
{
    private enum Unit
    {
        Celsius,
        Fahrenheit,
    }

    private sealed class Order
    {
        [Required, StringLength(12, MinimumLength = 2), Description("Name of the customer")]
        public string Customer { get; set; } = "";

        [Range(1, 99)]
        public int Count { get; set; } = 1;

        [Range(0.5, 9.5)]
        public double Weight { get; set; }

        [RegularExpression("^[A-Z]{2}-[0-9]{4}$")]
        public string? Code { get; set; }

        [MinLength(1), MaxLength(3)]
        public string[]? Labels { get; set; }

        [EmailAddress]
        public string? Email { get; set; }

        [Url]
        public string? Site { get; set; }

        public Order? Replaces { get; set; }
    }

    public static AIFunctionDeclaration[] Create(bool isStrict) => [.. Methods(isStrict), .. ServerTools()];

    private static AIFunction[] Methods(bool isStrict)
    {
        List<AIFunction> tools = [];

        Add("Nothing", () => { });
        Add("TakeBoolean", (bool value) => value);
        Add("TakeBytes", (byte value, sbyte signed) => value + signed);
        Add("TakeShorts", (short value, ushort unsigned) => value + unsigned);
        Add("TakeIntegers", (int value, uint unsigned) => value + unsigned);
        Add("TakeLongs", (long value, ulong unsigned) => $"{value}{unsigned}");
        Add("TakeHuge", (Int128 value, Half half) => $"{value}{half}");
        Add("TakeReals", (float value, double wide, decimal exact) => $"{value}{wide}{exact}");
        Add("TakeCharacter", (char value, char separator = ';') => $"{value}{separator}");
        Add("TakeText", (string value, string? maybe, string fallback = "none") => value + maybe + fallback);
        Add("TakeNullables", (int? count, bool? flag, double? ratio = null) => $"{count}{flag}{ratio}");
        Add("TakeEnum", (Unit unit, Unit? other = null, Unit fallback = Unit.Fahrenheit) => $"{unit}{other}{fallback}");
        Add("TakeDates", (DateTime time, DateTimeOffset? moment, DateOnly date, TimeOnly clock) => $"{time}{moment}{date}{clock}");
        Add("TakeSpan", (TimeSpan duration) => duration);
        Add("TakeIds", (Guid id, Guid? parent) => $"{id}{parent}");
        Add("TakeAddresses", (Uri address, Version? version) => $"{address}{version}");
        Add("TakeArrays", (string[] names, int[] counts, Unit[] units) => names.Length + counts.Length + units.Length);
        Add("TakeLists", (List<double> values, IReadOnlyList<bool> flags, HashSet<string> set) => values.Count + flags.Count + set.Count);
        Add("TakeNested", (int[][] grid, List<List<string>>? rows) => grid.Length);
        Add("TakeDictionary", (Dictionary<string, int> counts, IDictionary<string, string>? labels) => counts.Count);
        Add("TakeOrder", (Order order, Order? other) => order.Count);
        Add("TakeAnything", (object value, JsonElement json) => $"{value}{json}");
        Add("TakeBinary", (byte[] data) => data.Length);
        return [.. tools];

        void Add(string name, Delegate method) => tools.Add(AIFunctionFactory.Create(method, new AIFunctionFactoryOptions
        {
            Name = name,
            Description = $"Use {name}",
            AdditionalProperties = isStrict ? new Dictionary<string, object?> { ["strict"] = true } : null,
        }));
    }

    /// <summary>Schemas as the tool servers of editors, issue trackers and databases write them.</summary>
    private static AIFunctionDeclaration[] ServerTools() =>
    [
        Declare("list_issues", """
            {"$schema": "http://json-schema.org/draft-07/schema#", "type": "object", "additionalProperties": false, "required": ["owner", "repo"],
             "properties": {"owner": {"type": "string", "description": "Owner of the repository"}, "repo": {"type": "string"},
              "state": {"type": "string", "enum": ["open", "closed", "all"], "default": "open"}, "labels": {"type": "array", "items": {"type": "string"}},
              "since": {"type": "string", "format": "date-time"}, "page": {"type": "number", "minimum": 1}, "perPage": {"type": "number", "minimum": 1, "maximum": 100}}}
            """),
        Declare("create_comment", """
            {"type": "object", "required": ["number", "body"],
             "properties": {"number": {"type": "integer", "exclusiveMinimum": 0}, "body": {"type": "string", "minLength": 1, "maxLength": 40},
              "side": {"anyOf": [{"const": "LEFT"}, {"const": "RIGHT"}]}, "inReplyTo": {"type": ["integer", "null"]}}}
            """),
        Declare("set_headers", """{"type": "object", "properties": {"headers": {"type": "object", "additionalProperties": {"type": "string"}}}, "required": ["headers"]}"""),
        Declare("search", """
            {"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object", "required": ["query"],
             "properties": {"query": {"type": "string", "description": "Words to look for"}, "filter": {"$ref": "#/$defs/filter"}},
             "$defs": {"filter": {"type": "object", "properties": {"field": {"enum": ["title", "body"]}, "and": {"type": "array", "items": {"$ref": "#/$defs/filter"}}}}}}
            """),
        Declare("move", """
            {"type": "object", "required": ["to"], "properties": {"to": {"oneOf": [
              {"type": "object", "properties": {"kind": {"const": "point"}, "x": {"type": "number"}, "y": {"type": "number"}}, "required": ["kind", "x", "y"]},
              {"type": "object", "properties": {"kind": {"const": "place"}, "name": {"type": "string"}}, "required": ["kind", "name"]}]}}}
            """),
        Declare("ping", """{"type": "object"}"""),
        Declare("status", """{}"""),
    ];

    private static AIFunctionDeclaration Declare(string name, string schema) =>
        AIFunctionFactory.CreateDeclaration(name, $"Use {name}", JsonElement.Parse(schema));
}
