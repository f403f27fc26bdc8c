using System.Text.Json;
using System.Text.Json.Serialization;

namespace LlamaFp4.Native.Diagnostics;

/// <summary>All checks of a preflight together.</summary>
public sealed class PreflightReport
{
    /// <summary>Creates the report.</summary>
    /// <param name="checks">What was found, in order.</param>
    public PreflightReport(IReadOnlyList<PreflightCheck> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        Checks = checks;
    }

    /// <summary>The worst of the checks; <see cref="PreflightStatus.Ok"/> if there are none.</summary>
    public PreflightStatus Status => Checks.Count == 0 ? PreflightStatus.Ok : Checks.Max(check => check.Status);

    /// <summary>What was found, in order.</summary>
    public IReadOnlyList<PreflightCheck> Checks { get; }

    /// <summary>The report as indented JSON: <c>status</c>, and <c>checks</c> with <c>name</c>, <c>status</c> (ok, warning, failure), <c>detail</c>, <c>advice</c> (or null).</summary>
    public string ToJson() => JsonSerializer.Serialize(this, PreflightJson.Default.PreflightReport);
}

/// <summary>How a report is written; the field names are a contract.</summary>
[JsonSourceGenerationOptions(WriteIndented = true, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, Converters = [typeof(StatusConverter)])]
[JsonSerializable(typeof(PreflightReport))]
internal sealed partial class PreflightJson : JsonSerializerContext
{
    internal sealed class StatusConverter() : JsonStringEnumConverter<PreflightStatus>(JsonNamingPolicy.CamelCase);
}
