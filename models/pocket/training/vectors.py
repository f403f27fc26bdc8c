"""Reference vectors for the C# tests: tokenizer, detokenizer, rendered conversations, logits."""
import base64
import json
import os
import pathlib
import random
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generator"))
import conversations as C
import prompt
import words
from evaluate import prompt_ids

SAMPLES = """Hello, world!|I'm  here, aren't you? They'LL come; we'd've known.|The quick brown fox jumps over the lazy dog.|get_weather|GetWeather|LightsPlugin_TurnOn|Lights-TurnOn|weather.lookup|{"name": "get_weather", "parameters": {"city": "Paris"}}
{"a": [1, 2.5, -3e+10], "b": null, "c": {"d": true}}|3.14159 2718281828 0x1F 1_000_000 12:34:56 2024-07-26|+49 (0)30 901820|naïve café über Zürich Ångström|Straße, Größe, Fuß|El niño comió piñas en la montaña.|Ça va? Où est l'hôtel?|Zażółć gęślą jaźń|Příliš žluťoučký kůň
Это короткое предложение.|Съешь ещё этих мягких булок|Γειά σου Κόσμε|שלום עולם|مرحبا بالعالم|नमस्ते दुनिया|สวัสดีชาวโลก|こんにちは世界|カタカナとひらがな|你好，世界！今天天气很好。|안녕하세요 세계|Xin chào thế giới, Việt Nam|Merhaba dünya, İstanbul'da ılık bir gün|Բարեւ աշխարհ|გამარჯობა მსოფლიო
🦙🦙 llamas 🦙|👩‍👩‍👧‍👦 family|👍🏽 ok 👋🏿|🇫🇷🇩🇪🇯🇵|☕️ coffee ✈️ flight|é é (combining e)|ﬁ ligature ﬀ|𝔘𝔫𝔦𝔠𝔬𝔡𝔢 𝟜𝟚|𐍈𐌰𐌿𐍄𐌰|𠀀𠀁 extension B|① ② ½ ¾ Ⅷ|١٢٣ ४५६ 七八九|x²+y³=z⁴|→ ← ↑ ↓ ⇒ ∀x∈ℝ|“curly” ‘quotes’ — dash… «guillemets»
for (int i = 0; i < n; i++) { sum += a[i]; }|def f(x):\n    return x ** 2  # square\n|SELECT * FROM t WHERE id = 42;|<html><body class="x">&amp;</body></html>|C:\\Users\\me\\file.txt|/usr/local/bin/python3|https://example.com/a?b=c&d=%20e#f|user.name+tag@example.co.uk|#include <stdio.h>|var s = $"{x:F2}";|a=b&&c||!d|@@ ~~ ^^ `` $$ %%
 leading|trailing |  two  spaces  |\ttab\tstops\t|\n|\n\n|\n\n\n\n|\r\n|\r\n\r\n  x|a\n b\n  c\n   d|  \n  \n  |     |a     b|\u00a0nbsp\u00a0|\u3000ideographic\u3000space|\u2028line\u2029para|\u200bzero\u200dwidth|\ufefffeff|word\u00ad soft|tab\t\n mix \r\n end
aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa|1111111111111111111111111|----------------------------|!!!!!!????....,,,,|((((((()))))))|zzzzzzzz ZZZZZZZZ zZzZzZ|hahahahahahaha|don't can't won't I'll I'd you've we're it's O'Neil rock'n'roll 'tis|'s 't 're 've 'm 'll 'd 'S 'T 'RE|ſ's long s 'ſ
The order number is QX-4821, room 17B, at 7:30 pm.|Turn on the lights in the living room, please!|What's the weather like in São Paulo?|Zorvex blimpt frandle quozzit|Send Anna a message: "I'll be late".|snake_case_name camelCaseName PascalCaseName kebab-case-name SCREAMING_CASE|v1.2.3-beta+build.7|ID: 00012|50%|$9.99 €12,50 £3 ¥100|½ cup|a\u0301b\u0302|İI ıi ŞŠ|ÅÄÖ åäö|ÆØ æø|ĳ Ĳ|ŉ|ǅ|ʼn|ß ẞ""".replace("\n", "|").split("|")


def tokenizer_goldens(tokenizer, count=300):
    rng = random.Random(5)
    texts = []
    for s in SAMPLES:
        t = s.replace("\\n", "\n").replace("\\r", "\r").replace("\\t", "\t")
        if t and t not in texts: texts.append(t)
    alphabets = ["abcdefghij", "ABC xyz", "0123456789", " \t\n\r", "{}[]\":,", "äöüéèñçß", "αβγδε", "абвгд", "日本語中文", "🦙😀👍🏽\u200d", "\u0301\u0302a", "'stmdrve ", "_-./", "𝔘𝟘𐍈", "كتاب", "\u00a0\u3000\u2028 "]
    while len(texts) < count:
        r = rng.random()
        if r < .45: t = "".join(rng.choice(rng.choice(rng.sample(alphabets, 3))) for _ in range(rng.randint(1, 40)))
        elif r < .75: t = rng.choice(texts[:100]) + rng.choice(("", " ", "\n", "  ")) + rng.choice(texts[:100])
        else: t = " ".join(rng.choice((words.invented(rng), words.invented(rng).capitalize(), words.code(rng), rng.choice(words.MESSAGES))) for _ in range(rng.randint(1, 6)))
        if "<|" not in t and t not in texts: texts.append(t)
    texts += ["<|eot_id|>", "<|begin_of_text|>x<|python_tag|>"]          # spelled out in a text they are ordinary text
    return [{"text": t, "ids": tokenizer.encode(t)} for t in texts]


def detokenizer_goldens(tokenizer, count=100):
    rng = random.Random(6)
    size = max(tokenizer.control.values()) + 1
    byte_ids = list(range(256))
    out = []
    for i in range(count):
        r = rng.random()
        ids = [rng.randrange(size) for _ in range(rng.randint(1, 24))] if r < .4 else [rng.choice(byte_ids) for _ in range(rng.randint(1, 16))] if r < .7 else tokenizer.encode(rng.choice(SAMPLES[:60]))
        if r >= .7:                                                      # real text, cut or disturbed in the middle of a character
            cut = rng.randint(0, len(ids))
            ids = ids[:cut] + ([rng.choice(byte_ids)] if rng.random() < .5 else [rng.choice(list(tokenizer.control.values()))] if rng.random() < .6 else []) + ids[cut + rng.randint(0, 2):]
        out.append({"ids": ids, "text": tokenizer.decode(ids)})
    return out


def conversation_goldens(tokenizer, count=60):
    rng, out = random.Random(8), []
    kinds = [k for k, _ in C.MIX if k != "long"]
    sources = (C.Source(), C.Source(True))
    while len(out) < count:
        chat = prompt.chat_of(C.conversation(rng, sources[len(out) % 2], kinds[len(out) % len(kinds)]))
        segments = prompt.segments(chat)
        ids, _ = tokenizer.encode_segments(segments)
        if len(ids) > 1500: continue
        n, messages = 0, []
        for m in chat["messages"]:
            if "call" in m:
                n += 1
                messages.append({"role": "assistant", "tool_calls": [{"id": f"call_{n}", **m["call"]}]})
            elif m["role"] == "tool": messages.append({"role": "tool", "call_id": f"call_{n}", "result": m["content"]})
            else: messages.append(m)
        last = max((i for i, m in enumerate(chat["messages"]) if m["role"] == "assistant"), default=None)
        prompt_part = len(prompt_ids(tokenizer, {**chat, "messages": chat["messages"][:last]}))
        text = "".join(c or t for c, t, _ in segments)
        out.append({"kind": chat["kind"], "date": chat["date"], "system": chat["system"], "tools": chat["tools"], "response_format": chat["response_format"], "messages": messages,
                    "text": text, "ids": ids, "prompt_length": prompt_part})
    return out


def f32(t): return base64.b64encode(t.detach().cpu().float().numpy().astype("<f4").tobytes()).decode()


def logit_goldens(tokenizer, reference, count=7):
    rng = random.Random(9)
    wanted = ["task", "task", "talk", "form", "list then act", "dialogue", "task", "catalog"][:count]
    out = []
    while len(out) < len(wanted):
        chat = prompt.chat_of(C.conversation(rng, C.Source(True), wanted[len(out)]))
        ends = [i for i, m in enumerate(chat["messages"]) if m["role"] == "assistant"]
        if len(out) == 6: ends = [i for i in ends if i and chat["messages"][i - 1]["role"] == "tool"]
        if not ends: continue
        ids = prompt_ids(tokenizer, {**chat, "messages": chat["messages"][:ends[0]]})
        if not 60 < len(ids) < 520: continue
        entry = {"kind": chat["kind"], "prompt_ids": ids}
        for name, exact in (("w4a4", True), ("w4a16", False)):
            logits, states = reference.run(ids, exact)
            tokens = reference.greedy(ids, tokenizer.stop, exact)
            entry[name] = {"logits": f32(logits), "greedy_ids": tokens, "greedy_text": tokenizer.decode(tokens)}
            if not out and exact: entry["w4a4"]["hidden_after_layer_0"] = f32(states[0])
        out.append(entry)
    return out


README = """# Vectors of the pocket model

Written by `models/pocket/training/vectors.py` in the run that trained the checkpoint; a new checkpoint brings new vectors. Texts are this project's own.

| File | Holds | Made by |
|---|---|---|
| `tokenizer.jsonl` | text and ids, one pair a line; no BOS; text that spells a control token is ordinary text | Hugging Face `tokenizers` with `models/pocket/tokenizer.json`, its `added_tokens` taken out |
| `detokenizer.json` | id sequences, many with broken UTF-8 or control tokens inside, and their text | the same library, special tokens skipped |
| `conversations.json` | chat messages with tools, calls, results and response formats; the rendered text; its ids; `prompt_length` = number of ids of the prompt of the last model turn | the generator and its renderer (`generator/prompt.py`). A `response_format` is a JSON schema, the text `json` (JSON without schema) or null |
| `logits.json` | prompts; logits of the first step, base64 of little-endian float32; greedy ids with their stop token, at most 64 | `training/reference.py`, which reads the exported files and follows docs/numerics.md; sums in float64 |

`w4a4` is the exact mode (activations quantised), `w4a16` the mode with dequantised weights and float32 activations. `hidden_after_layer_0` (first prompt only) is the residual stream after the first block at the last position.

How close another implementation comes: `PocketReferenceTests` asks the C# engine for 1e-6 (relative, L2) of the W4A4 logits with the same greedy tokens, and its fast mode for 1 % of the W4A16 logits. W4A4 is a step function of its inputs:
an implementation that sums in float32 may move one BF16 or FP4 rounding, and its logits then differ by as much as those of W4A4 and W4A16 do.
"""


def write(folder, tokenizer, reference):
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with open(folder / "tokenizer.jsonl", "w", encoding="utf-8") as f:
        for x in tokenizer_goldens(tokenizer): f.write(json.dumps(x, ensure_ascii=False) + "\n")
    dump = lambda name, data: (folder / name).write_text("[\n" + ",\n".join(json.dumps(x, ensure_ascii=False) for x in data) + "\n]\n", encoding="utf-8")
    dump("detokenizer.json", detokenizer_goldens(tokenizer))
    dump("conversations.json", conversation_goldens(tokenizer))
    dump("logits.json", logit_goldens(tokenizer, reference))
    (folder / "README.md").write_text(README, encoding="utf-8")
