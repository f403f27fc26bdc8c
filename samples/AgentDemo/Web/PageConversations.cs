using System.Security.Cryptography;
using AgentDemo.Scenarios;

namespace AgentDemo.Web;

/// <summary>The conversations of all pages. The one that was used longest ago makes room for a new one.</summary>
internal sealed class PageConversations(IServiceProvider services)
{
    private const int MaxCount = 100;

    private readonly Lock _gate = new();
    private readonly LinkedList<(string Id, PageConversation Conversation)> _byUse = [];

    public string Start()
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var conversation = new PageConversation(audience => services.StartConversation(audience));
        lock (_gate)
        {
            if (_byUse.Count == MaxCount)
            {
                _byUse.RemoveLast();
            }

            _byUse.AddFirst((id, conversation));
        }

        return id;
    }

    public PageConversation? Find(string id)
    {
        lock (_gate)
        {
            for (var node = _byUse.First; node is not null; node = node.Next)
            {
                if (node.Value.Id == id)
                {
                    _byUse.Remove(node);
                    _byUse.AddFirst(node);
                    return node.Value.Conversation;
                }
            }
        }

        return null;
    }
}
