using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace LlamaFp4.Extensions.Tests.Documentation;

/// <summary>The documentation comments of an assembly, as Markdown.</summary>
internal sealed partial class XmlComments
{
    private readonly Dictionary<string, XElement> _members;

    public XmlComments(Assembly assembly)
    {
        var document = XDocument.Load(Path.ChangeExtension(assembly.Location, ".xml"));
        _members = document.Descendants("member").ToDictionary(member => member.Attribute("name")!.Value);
    }

    public string SummaryOf(Type type) => Read($"T:{type.FullName}", "summary");

    public string SummaryOf(FieldInfo field) => Read($"F:{field.DeclaringType!.FullName}.{field.Name}", "summary");

    /// <summary>Summary, remarks and value of a property, one behind the other.</summary>
    public string AllOf(PropertyInfo property)
    {
        var name = $"P:{property.DeclaringType!.FullName}.{property.Name}";
        return string.Join(' ', new[] { Read(name, "summary"), Read(name, "remarks"), Read(name, "value") }.Where(text => text.Length > 0));
    }

    private string Read(string member, string element)
    {
        var text = new StringBuilder();
        foreach (var node in _members[member].Element(element)?.DescendantNodes() ?? [])
        {
            text.Append(node switch
            {
                XText { Parent.Name.LocalName: "c" } code => $"`{code.Value}`",
                XText plain => plain.Value,
                XElement { Name.LocalName: "see" } see => $"`{NameOf(see)}`",
                _ => "",
            });
        }

        return Space().Replace(text.ToString(), " ").Trim();
    }

    private static string NameOf(XElement see) =>
        see.Attribute("langword")?.Value ?? MemberName().Match(see.Attribute("cref")!.Value).Value;

    // Of "P:Namespace.Type.Member" the member; of a method without its parameters.
    [GeneratedRegex(@"[^.:]+(?=\(|$)")]
    private static partial Regex MemberName();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Space();
}
