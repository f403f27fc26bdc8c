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


def encoded(rng, source, tokenizer):
    """One conversation as (ids, trained flags)."""
    import conversations as C
    import prompt
    c = C.conversation(rng, source)
    ids, owner = tokenizer.encode_segments(prompt.segments(prompt.chat_of(c)))
    skip = getattr(c, "skip", 0)
    return ids, [o >= skip for o in owner]


def rows(seed, tokenizer_path, count):
    """Endless packed batches: ids, trained flags and document numbers, each (count, ROW + 1)."""
    import numpy as np
    import conversations as C
    from tokenizer import PocketTokenizer
    tokenizer, rng, source = PocketTokenizer(tokenizer_path), random.Random(seed), C.Source()
    pad = tokenizer.control["<|finetune_right_pad_id|>"]
    waiting = []
    while True:
        ids = np.full((count, ROW + 1), pad, np.int16)
        flags = np.zeros((count, ROW + 1), np.uint8)          # 0 padding or first token, 1 context, 2 trained
        docs = np.full((count, ROW + 1), -1, np.int16)
        for r in range(count):
            at = doc = 0
            while True:
                while len(waiting) < 48: waiting.append(encoded(rng, source, tokenizer))
                fit = next((i for i, d in enumerate(waiting) if len(d[0]) <= ROW + 1 - at), None)
                waiting = [d for d in waiting if len(d[0]) <= ROW]
                if fit is None or fit >= len(waiting): break
                tokens, trained = waiting.pop(fit)
                n = len(tokens)
                ids[r, at:at + n], docs[r, at:at + n] = tokens, doc
                flags[r, at + 1:at + n] = np.array(trained[1:], np.uint8) + 1
                at, doc = at + n, doc + 1
                if at > ROW - 100: break
        yield ids, flags, docs


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
