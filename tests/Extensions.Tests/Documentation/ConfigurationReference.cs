using System.Collections;
using System.Globalization;
using System.Reflection;
using System.Text;

namespace LlamaFp4.Extensions.Tests.Documentation;

/// <summary>Writes docs/configuration.md from the options and their own comments.</summary>
internal static class ConfigurationReference
{
    private const string Introduction = """
        # Configuration

        Every setting of `LlamaFp4Options`, as a test writes this page from their comments. An unkeyed client reads section `LlamaFp4`, a keyed one
        `LlamaFp4:{key}`; [hosting](hosting.md) tells how sections, connection strings and code go together. As an environment variable
        `LlamaFp4:Connection:IdleTimeout` is `LlamaFp4__Connection__IdleTimeout`; of a list `LlamaFp4:Endpoints:0` is the first. Times are written
        `hh:mm:ss`, `-00:00:00.001` for ever.
        """;

    public static string Write()
    {
        var page = new StringBuilder(Introduction).Append('\n');
        Dictionary<Assembly, XmlComments> comments = [];
        List<Type> enumerations = [];
        WriteSection(typeof(LlamaFp4Options), "LlamaFp4");

        foreach (var enumeration in enumerations.Distinct())
        {
            page.Append(CultureInfo.InvariantCulture, $"\n## {enumeration.Name}\n\n{CommentsOf(enumeration).SummaryOf(enumeration)}\n\n| Value | |\n|---|---|\n");
            foreach (var member in enumeration.GetFields(BindingFlags.Public | BindingFlags.Static))
            {
                page.Append(CultureInfo.InvariantCulture, $"| `{member.Name}` | {CommentsOf(enumeration).SummaryOf(member)} |\n");
            }
        }

        return page.ToString();

        void WriteSection(Type type, string path)
        {
            List<PropertyInfo> nested = [];
            page.Append(CultureInfo.InvariantCulture, $"\n## {path}\n\n{CommentsOf(type).SummaryOf(type)}\n\n| Setting | Type | |\n|---|---|---|\n");
            foreach (var property in type.GetProperties().Where(property => !property.PropertyType.IsSubclassOf(typeof(Delegate))))
            {
                if (property.PropertyType.Namespace == typeof(LlamaFp4Options).Namespace && property.PropertyType.IsClass)
                {
                    nested.Add(property);
                    continue;
                }

                page.Append(CultureInfo.InvariantCulture, $"| `{property.Name}` | {TypeOf(property.PropertyType, enumerations)} | {CommentsOf(type).AllOf(property)} |\n");
            }

            foreach (var property in nested)
            {
                WriteSection(property.PropertyType, $"{path}:{property.Name}");
            }
        }

        XmlComments CommentsOf(Type type) =>
            comments.TryGetValue(type.Assembly, out var known) ? known : comments[type.Assembly] = new XmlComments(type.Assembly);
    }

    private static string TypeOf(Type type, List<Type> enumerations)
    {
        type = Nullable.GetUnderlyingType(type) ?? type;
        if (type.IsEnum)
        {
            enumerations.Add(type);
            return $"[{type.Name}](#{type.Name.ToLowerInvariant()})";
        }

        if (type != typeof(string) && type.IsAssignableTo(typeof(IEnumerable)))
        {
            var items = type.GetGenericArguments();
            return items.Length == 2 ? "names and texts" : $"list of {TypeOf(items[0], enumerations)}";
        }

        return type == typeof(bool) ? "`true` or `false`"
            : type == typeof(int) ? "whole number"
            : type == typeof(float) ? "number"
            : type == typeof(TimeSpan) ? "time"
            : type == typeof(Uri) ? "URI"
            : type == typeof(string) ? "text"
            : throw new NotSupportedException($"The reference has no words for {type}.");
    }
}
