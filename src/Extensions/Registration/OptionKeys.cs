using Microsoft.Extensions.Configuration;

namespace LlamaFp4.Extensions.Registration;

/// <summary>Under which configuration key each option of one named instance is set, or would be.</summary>
internal sealed class OptionKeys
{
    private readonly Dictionary<string, string> _known = new(StringComparer.OrdinalIgnoreCase);
    private string _path = "";

    /// <summary>Takes the keys of a section that is bound over those before it.</summary>
    /// <param name="path">Path of the section, also where it does not exist; empty for a whole configuration.</param>
    /// <param name="section">The section; <see langword="null"/> if there is no configuration.</param>
    public void Add(string path, IConfiguration? section)
    {
        _path = path;
        if (section is not null)
        {
            AddSettings(path, section, "");
        }
    }

    public void Set(string option, string key) => _known[option] = key;

    public string Of(string option) => _known.GetValueOrDefault(option) ?? Join(_path, option);

    private void AddSettings(string path, IConfiguration section, string prefix)
    {
        foreach (var setting in section.GetChildren())
        {
            var option = Join(prefix, setting.Key);
            Set(option, Join(path, option));
            AddSettings(path, setting, option);
        }
    }

    private static string Join(string path, string option) => path.Length == 0 ? option : $"{path}:{option}";
}
