using LlamaFp4.Extensions.Engines;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Extensions.Chat;

/// <summary>The part of the options that is the chat client's.</summary>
internal static class ClientOptions
{
    // As the client itself says of an engine in this process.
    private static readonly Uri ThisProcess = new("http://127.0.0.1/");

    public static LlamaFp4ChatClientOptions Of(LlamaFp4Options options, TimeProvider? clock) => new()
    {
        ModelId = options.ModelId,
        DateText = options.DateText,
        Clock = options.UseCurrentDate ? clock ?? TimeProvider.System : null,
        Temperature = options.Temperature,
        TopP = options.TopP,
        MaxOutputTokens = options.MaxOutputTokens,
        EnableSensitiveData = options.EnableSensitiveData,
    };

    /// <summary>What can be told of a client whose session is not open yet. Telemetry asks once, when the pipeline is built.</summary>
    public static ChatClientMetadata MetadataOf(LlamaFp4Options options) =>
        new("llamafp4", AddressOf(options), options.ModelId ?? ConfiguredModel.IdOf(options));

    private static Uri AddressOf(LlamaFp4Options options) =>
        options.Endpoints.Count > 0 ? options.Endpoints[0]
        : options.Server.Port is { } port ? new UriBuilder(ThisProcess) { Port = port }.Uri
        : ThisProcess;
}
