using System.Collections;
using Microsoft.Extensions.AI;

namespace LlamaFp4.Provider.Decoding;

/// <summary>The contents of an update that has one: a list like any other, at half the size of a <see cref="List{T}"/> of one.</summary>
/// <remarks>Updates of one text are made for every token, and middleware may still add to them, so an array would not do.</remarks>
internal sealed class UpdateContents(AIContent content) : IList<AIContent>
{
    private object _contents = content; // an AIContent; a List<AIContent> from the first change of the count on

    public int Count => _contents is List<AIContent> list ? list.Count : 1;

    public bool IsReadOnly => false;

    public AIContent this[int index]
    {
        get => _contents is List<AIContent> list ? list[index] : (AIContent)Checked(index, _contents);
        set
        {
            if (_contents is List<AIContent> list)
            {
                list[index] = value;
            }
            else
            {
                _contents = Checked(index, value);
            }
        }
    }

    public void Add(AIContent item) => ToList().Add(item);

    public void Insert(int index, AIContent item) => ToList().Insert(index, item);

    public bool Remove(AIContent item) => ToList().Remove(item);

    public void RemoveAt(int index) => ToList().RemoveAt(index);

    public void Clear() => ToList().Clear();

    public bool Contains(AIContent item) => IndexOf(item) >= 0;

    public int IndexOf(AIContent item) => _contents is List<AIContent> list ? list.IndexOf(item) : Equals(_contents, item) ? 0 : -1;

    public void CopyTo(AIContent[] array, int arrayIndex)
    {
        if (_contents is List<AIContent> list)
        {
            list.CopyTo(array, arrayIndex);
        }
        else
        {
            array[arrayIndex] = this[0];
        }
    }

    public IEnumerator<AIContent> GetEnumerator() => _contents is List<AIContent> list ? list.GetEnumerator() : One((AIContent)_contents);

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private List<AIContent> ToList()
    {
        if (_contents is not List<AIContent> list)
        {
            _contents = list = [this[0]];
        }

        return list;
    }

    private static IEnumerator<AIContent> One(AIContent content)
    {
        yield return content;
    }

    private static object Checked(int index, object content)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(index, 0);
        return content;
    }
}
