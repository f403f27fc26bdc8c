using System.Globalization;
using LlamaFp4.Native.Sessions;
using LlamaFp4.Provider;
using Microsoft.Extensions.AI;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Registration;

/// <summary>What every registration of a chat client does: named options, one session for each key, the client over it.</summary>
internal static class ChatClientRegistration
{
    private const string SectionName = "LlamaFp4";

    /// <param name="services">Where to register.</param>
    /// <param name="serviceKey"><see langword="null"/> for the unkeyed client.</param>
    /// <param name="section">What to bind; <see langword="null"/> for the section of that key in the registered configuration.</param>
    /// <param name="sessionFactory"><see langword="null"/> for the checkpoint that the options name.</param>
    /// <param name="configure">Applied after the section.</param>
    public static ChatClientBuilder Add(
        IServiceCollection services,
        object? serviceKey,
        IConfiguration? section,
        Func<IServiceProvider, ITokenSession>? sessionFactory,
        Action<LlamaFp4Options>? configure)
    {
        var optionsName = ToOptionsName(serviceKey);
        AddOptions(services, optionsName, section, configure);
        AddSession(services, serviceKey, optionsName, sessionFactory);

        return services.AddKeyedChatClient(serviceKey, provider => new LlamaFp4ChatClient(
            serviceKey is null ? provider.GetRequiredService<ITokenSession>() : provider.GetRequiredKeyedService<ITokenSession>(serviceKey),
            ToClientOptions(GetOptions(provider, optionsName), provider),
            provider.GetService<ILoggerFactory>()));
    }

    private static string ToOptionsName(object? serviceKey)
    {
        if (serviceKey is null)
        {
            return Options.DefaultName;
        }

        return Convert.ToString(serviceKey, CultureInfo.InvariantCulture) is { Length: > 0 } name
            ? name
            : throw new ArgumentException("The key must have a non-empty text: it names the options and their configuration section.", nameof(serviceKey));
    }

    private static void AddOptions(IServiceCollection services, string name, IConfiguration? section, Action<LlamaFp4Options>? configure)
    {
        var options = services.AddOptionsWithValidateOnStart<LlamaFp4Options>(name);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LlamaFp4Options>, LlamaFp4OptionsValidator>());

        // A repeated registration must not bind the default section again: that would undo what code has set in between.
        var isFirst = !services.Any(service => service.ImplementationInstance is RegisteredName registered && registered.Name == name);
        if (isFirst)
        {
            services.AddSingleton(new RegisteredName(name));
        }

        if (section is not null)
        {
            options.Configure(instance => Bind(section, (section as IConfigurationSection)?.Path ?? "", instance));
        }
        else if (isFirst)
        {
            var path = name == Options.DefaultName ? SectionName : $"{SectionName}:{name}";
            options.Configure<IServiceProvider>((instance, provider) => Bind(provider.GetService<IConfiguration>()?.GetSection(path), path, instance));
        }

        if (configure is not null)
        {
            options.Configure(configure);
        }
    }

    private static void Bind(IConfiguration? section, string path, LlamaFp4Options options)
    {
        options.SectionPath = path;

        // Not "section?.Bind": the binding generator replaces plain calls only.
        if (section is not null)
        {
            section.Bind(options);
        }
    }

    private static void AddSession(
        IServiceCollection services, object? serviceKey, string optionsName, Func<IServiceProvider, ITokenSession>? sessionFactory)
    {
        if (sessionFactory is not null)
        {
            services.TryAddKeyedSingleton(serviceKey, (provider, _) => sessionFactory(provider));
            return;
        }

        var before = services.Count;
        services.TryAddKeyedSingleton(serviceKey, (provider, _) => CheckpointSession.Load(provider, GetOptions(provider, optionsName)));
        if (services.Count > before)
        {
            services.AddSingleton<IValidateOptions<LlamaFp4Options>>(new CheckpointDirectoryValidator(optionsName));
        }
    }

    private static LlamaFp4Options GetOptions(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<LlamaFp4Options>>().Get(name);

    private static LlamaFp4ChatClientOptions ToClientOptions(LlamaFp4Options options, IServiceProvider provider) => new()
    {
        ModelId = options.ModelId,
        DateText = options.DateText,
        Clock = options.UseCurrentDate ? provider.GetService<TimeProvider>() ?? TimeProvider.System : null,
        Temperature = options.Temperature,
        TopP = options.TopP,
        MaxOutputTokens = options.MaxOutputTokens,
    };

    private sealed record RegisteredName(string Name);
}
