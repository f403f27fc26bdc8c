using System.Globalization;
using LlamaFp4.Extensions.Validation;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace LlamaFp4.Extensions.Registration;

/// <summary>The named options of a registration: bound, changed by code, checked when a host starts.</summary>
internal static class OptionsRegistration
{
    private const string SectionName = "LlamaFp4";

    /// <summary>The name of a key's options, which is also that of its configuration section.</summary>
    public static string NameOf(object? serviceKey)
    {
        if (serviceKey is null)
        {
            return Options.DefaultName;
        }

        return Convert.ToString(serviceKey, CultureInfo.InvariantCulture) is { Length: > 0 } name
            ? name
            : throw new ArgumentException("The key must have a non-empty text: it names the options and their configuration section.", nameof(serviceKey));
    }

    /// <summary>Binds the section of the name in the registered configuration, unless an earlier registration has.</summary>
    public static void BindDefaultSection(IServiceCollection services, string name)
    {
        // A repeated registration must not bind the section again: that would undo what code has set in between.
        var options = Add(services, name, out var isFirst);
        if (isFirst)
        {
            var path = PathOf(name);
            options.Configure<IServiceProvider>((instance, provider) => Bind(provider.GetService<IConfiguration>()?.GetSection(path), path, instance));
        }
    }

    public static void BindSection(IServiceCollection services, string name, IConfiguration section) =>
        Add(services, name, out _).Configure(instance => Bind(section, (section as IConfigurationSection)?.Path ?? "", instance));

    /// <summary>Binds what a host names by a connection: the section of all, the connection's own, and its connection string.</summary>
    public static void BindConnection(IServiceCollection services, string name, IConfiguration configuration, string connectionName) =>
        Add(services, name, out _).Configure(instance =>
        {
            Bind(configuration.GetSection(SectionName), SectionName, instance);
            Bind(configuration.GetSection(PathOf(connectionName)), PathOf(connectionName), instance);
            if (configuration.GetConnectionString(connectionName) is { } connection)
            {
                ConnectionString.Apply(connection, $"ConnectionStrings:{connectionName}", instance);
            }
        });

    public static void Configure(IServiceCollection services, string name, Action<LlamaFp4Options>? configure)
    {
        if (configure is not null)
        {
            services.Configure(name, configure);
        }
    }

    public static LlamaFp4Options Get(IServiceProvider provider, string name) =>
        provider.GetRequiredService<IOptionsMonitor<LlamaFp4Options>>().Get(name);

    private static OptionsBuilder<LlamaFp4Options> Add(IServiceCollection services, string name, out bool isFirst)
    {
        isFirst = !services.Any(service => service.ImplementationInstance is BoundName bound && bound.Name == name);
        if (isFirst)
        {
            services.AddSingleton(new BoundName(name));
        }

        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LlamaFp4Options>, LlamaFp4OptionsValidator>());
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<LlamaFp4Options>, CombinationValidator>());
        return services.AddOptionsWithValidateOnStart<LlamaFp4Options>(name);
    }

    private static void Bind(IConfiguration? section, string path, LlamaFp4Options options)
    {
        options.Keys.Add(path, section);

        // Not "section?.Bind": the binding generator replaces plain calls only.
        if (section is not null)
        {
            ClearLists(section, options);
            section.Bind(options);
        }
    }

    // Binding adds to lists; a section that holds one replaces that of the section before, as it does with any other value.
    private static void ClearLists(IConfiguration section, LlamaFp4Options options)
    {
        Clear(nameof(options.Endpoints), options.Endpoints);
        Clear($"{nameof(options.Server)}:{nameof(options.Server.Gpus)}", options.Server.Gpus);
        Clear($"{nameof(options.Server)}:{nameof(options.Server.ExtraArguments)}", options.Server.ExtraArguments);

        void Clear<T>(string name, IList<T> list)
        {
            if (section.GetSection(name).GetChildren().Any())
            {
                list.Clear();
            }
        }
    }

    private static string PathOf(string name) => name == Options.DefaultName ? SectionName : $"{SectionName}:{name}";

    private sealed record BoundName(string Name);
}
