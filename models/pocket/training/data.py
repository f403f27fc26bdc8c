"""Training batches: worker processes write conversations, encode them and pack them into rows."""
import multiprocessing
import os
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generator"))
ROW = 4096


def texts_of(seed_count):
    """Plain texts of some conversations, to train the tokenizer on."""
    seed, count = seed_count
    import conversations as C
    import prompt
    rng, source = random.Random(seed), C.Source()
    out = []
    for _ in range(count):
        out += [s[1] for s in prompt.segments(prompt.chat_of(C.conversation(rng, source))) if s[0] is None]
    return out


def parts(together):
    """The segments of the common beginning, up to the end of the tools, then those that follow it in each conversation. One alone is all beginning."""
    import prompt
    chats = [prompt.chat_of(c) for c in together]
    whole = [prompt.segments(chat) for chat in chats]
    if len(whole) == 1: return whole
    tools = "\n\n" + prompt.tool_list(chats[0]["tools"])
    user = next(i for i, s in enumerate(whole[0]) if s[1] and s[1].startswith(tools))
    return [[*whole[0][:user], (None, tools, None)]] + [[(None, w[user][1][len(tools):], None), *w[user + 1:]] for w in whole]


def encoded(rng, source, tokenizer):
    """A document: a conversation, or several that have their beginning in common, which then stands only once.

    Returns (ids, flags, positions, branches). A flag says what is learnt from predicting the token: 0 nothing, 1 little (context), 2 all
    (the model's own words). Branch 0, the beginning, is seen by all that follows it, another branch only by its own tokens. Positions are
    those that each conversation has when it stands alone.
    """
    import conversations as C
    together = C.alike(rng, source)
    skip = getattr(together[0], "skip", 0)
    ids, flags, positions, branches = [], [], [], []
    for branch, segments in enumerate(parts(together)):
        new, owner = tokenizer.encode_segments(segments)
        start = branches.count(0)
        ids += new
        flags += [0] + [2 if o >= skip else 1 for o in owner[1:]]        # nothing before the first one predicts it
        positions += range(start, start + len(new))
        branches += [branch] * len(new)
    return ids, flags, positions, branches


def rows(seed, tokenizer_path, count):
    """Endless packed batches: ids, flags, positions, branches and document numbers (-1 is padding), each (count, ROW + 1)."""
    import numpy as np
    import conversations as C
    from tokenizer import PocketTokenizer
    tokenizer, rng, source = PocketTokenizer(tokenizer_path), random.Random(seed), C.Source()
    pad = tokenizer.control["<|finetune_right_pad_id|>"]
    waiting = []
    while True:
        ids = np.full((count, ROW + 1), pad, np.int16)
        flags, positions, branches = (np.zeros((count, ROW + 1), t) for t in (np.uint8, np.int16, np.uint8))
        docs = np.full((count, ROW + 1), -1, np.int16)
        for r in range(count):
            at = doc = 0
            while True:
                while len(waiting) < 48: waiting += [d for d in (encoded(rng, source, tokenizer),) if len(d[0]) <= ROW]
                fit = next((i for i, d in enumerate(waiting) if len(d[0]) <= ROW + 1 - at), None)
                if fit is None: break
                document = waiting.pop(fit)
                n = len(document[0])
                for array, values in zip((ids, flags, positions, branches), document): array[r, at:at + n] = values
                docs[r, at:at + n] = doc
                at, doc = at + n, doc + 1
                if at > ROW - 100: break
        yield ids, flags, positions, branches, docs


def _work(seed, path, count, queue):
    os.environ["TOKENIZERS_PARALLELISM"] = "false"
    for batch in rows(seed, path, count): queue.put(batch)


class Loader:
    """Batches from `workers` processes, in no particular order."""

    def __init__(self, path, count, workers, seed=1):
        context = multiprocessing.get_context("spawn")
        self.queue = context.Queue(maxsize=96)
        self.processes = [context.Process(target=_work, args=(seed * 1000 + i, path, count, self.queue), daemon=True) for i in range(workers)]
        for p in self.processes: p.start()

    def next(self): return self.queue.get()

    def stop(self):
        for p in self.processes: p.kill()
