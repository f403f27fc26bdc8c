using System.IO.Enumeration;

namespace LlamaFp4.Native.Checkpoint;

/// <summary>An entry of an exclude list: a module with everything inside it, or a wildcard.</summary>
/// <remarks>
/// ModelOpt closes a whole subtree with <c>name*</c> or <c>name.*</c>. That means the module and what is inside it, so
/// <c>model.layers.3*</c> does not reach layer 30. A star or question mark elsewhere is an ordinary wildcard.
/// </remarks>
internal sealed record ModulePattern(string Text)
{
    public bool Matches(string module)
    {
        var root = Text.TrimEnd('*').TrimEnd('.');
        if (root.AsSpan().ContainsAny('*', '?'))
        {
            return FileSystemName.MatchesSimpleExpression(Text, module, ignoreCase: false);
        }

        return root.Length == 0
            || (module.StartsWith(root, StringComparison.Ordinal) && (module.Length == root.Length || module[root.Length] == '.'));
    }
}
