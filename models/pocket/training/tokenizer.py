"""The tokenizer: byte-level BPE with the Llama 3 split, trained on the generator's text.

One deliberate difference from an ordinary BPE run: merges never cross the border between a leading space (or other character) and the
letters behind it. ' Zorvex' in a sentence and 'Zorvex' inside JSON then fall into the same letter tokens, and copying an unknown word is
copying tokens. Frequent words get their whole piece (' weather', '_id') as one token without merges; `ignore_merges` finds them.
"""
import collections
import json

from generator.prompt import CONTROLS

LLAMA_SPLIT = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
TRAIN_SPLIT = r"\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
VOCABULARY, SPECIAL, MERGED = 4096, 16, 2700


def special_names():
    names = list(CONTROLS)
    return names + [f"<|reserved_special_token_{i}|>" for i in range(SPECIAL - len(names))]


def pieces(tokenizer_split, texts):
    counts = collections.Counter()
    for t in texts:
        for p, _ in tokenizer_split.pre_tokenize_str(t): counts[p] += 1
    return counts


def train(texts, path):
    from tokenizers import Regex, Tokenizer, models, pre_tokenizers, trainers
    byte_level = lambda: pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    split = lambda r: pre_tokenizers.Sequence([pre_tokenizers.Split(Regex(r), "isolated"), byte_level()])
    t = Tokenizer(models.BPE())
    t.pre_tokenizer = split(TRAIN_SPLIT)
    t.train_from_iterator(texts, trainers.BpeTrainer(vocab_size=MERGED, initial_alphabet=pre_tokenizers.ByteLevel.alphabet(), show_progress=False))
    model = json.loads(t.to_str())["model"]
    vocab = sorted(model["vocab"], key=model["vocab"].get)
    known = set(vocab)
    counts = pieces(split(LLAMA_SPLIT), texts[:len(texts) // 8])
    whole = [p for p, _ in counts.most_common() if p not in known and p[0] in "Ġ_" and len(p) > 1 and p[1:].isascii() and p[1:].isalpha() and p[1:].islower() or p in ("ĠI",)]
    vocab += [p for p in dict.fromkeys(whole) if p not in known][:VOCABULARY - SPECIAL - len(vocab)]
    assert len(vocab) == VOCABULARY - SPECIAL, len(vocab)
    specials = special_names()
    added = [{"id": len(vocab) + i, "content": n, "single_word": False, "lstrip": False, "rstrip": False, "normalized": False, "special": True} for i, n in enumerate(specials)]
    byte = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": False}
    bos = specials[0]
    merges = [m if isinstance(m, str) else " ".join(m) for m in model["merges"]]
    data = {"version": "1.0", "truncation": None, "padding": None, "added_tokens": added, "normalizer": None,
            "pre_tokenizer": {"type": "Sequence", "pretokenizers": [{"type": "Split", "pattern": {"Regex": LLAMA_SPLIT}, "behavior": "Isolated", "invert": False}, byte]},
            "post_processor": {"type": "Sequence", "processors": [{"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True},
                {"type": "TemplateProcessing", "single": [{"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}],
                 "pair": [{"SpecialToken": {"id": bos, "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}, {"SpecialToken": {"id": bos, "type_id": 1}}, {"Sequence": {"id": "B", "type_id": 1}}],
                 "special_tokens": {bos: {"id": bos, "ids": [len(vocab)], "tokens": [bos]}}}]},
            "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
            "model": {"type": "BPE", "dropout": None, "unk_token": None, "continuing_subword_prefix": None, "end_of_word_suffix": None, "fuse_unk": False, "byte_fallback": False, "ignore_merges": True,
                      "vocab": {p: i for i, p in enumerate(vocab)}, "merges": merges}}
    with open(path, "w", encoding="utf-8") as f: json.dump(data, f, ensure_ascii=False, indent=1)


class PocketTokenizer:
    """Encodes text as ordinary text always; control tokens come by name from structure only."""

    def __init__(self, path):
        from tokenizers import Tokenizer
        data = json.loads(open(path, encoding="utf-8").read())
        self.control = {a["content"]: a["id"] for a in data["added_tokens"]}
        data["added_tokens"], data["post_processor"] = [], None
        self.text = Tokenizer.from_str(json.dumps(data))
        self.full = Tokenizer.from_file(str(path))
        self.stop = [self.control[n] for n in ("<|end_of_text|>", "<|eom_id|>", "<|eot_id|>")]

    def encode(self, text): return self.text.encode(text, add_special_tokens=False).ids

    def decode(self, ids): return self.full.decode(list(ids), skip_special_tokens=True)

    def encode_segments(self, segments):
        """(ids, index of the message each id is trained for, or -1)."""
        texts = [s[1] for s in segments if s[0] is None]
        encoded = iter(self.text.encode_batch(texts, add_special_tokens=False))
        ids, owner = [], []
        for control, _, index in segments:
            new = [self.control[control]] if control else next(encoded).ids
            ids += new
            owner += [-1 if index is None else index] * len(new)
        return ids, owner
