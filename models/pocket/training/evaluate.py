"""Greedy evaluation: tool calls, answers, silence, JSON, memory; on held-out tools and on prompts written by hand."""
import collections
import json
import os
import pathlib
import random
import sys
import time

import torch
import torch.nn.functional as F

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generator"))
import conversations as C
import prompt


class Generator:
    """Batched greedy decoding with a key/value cache; prompts are padded on the left."""

    def __init__(self, model, tokenizer):
        self.model, self.tokenizer = model, tokenizer
        self.device = next(model.parameters()).device

    @torch.no_grad()
    def run(self, prompts, limit=128, budget=260_000):
        order = sorted(range(len(prompts)), key=lambda i: len(prompts[i]))
        out = [None] * len(prompts)
        while order:
            longest = len(prompts[order[-1]])
            n = max(1, min(len(order), 512, budget // longest))
            batch, order = order[-n:], order[:-n]
            for i, ids in zip(batch, self._batch([prompts[i] for i in batch], limit)): out[i] = ids
        return out

    def _batch(self, prompts, limit):
        c, d = self.model.c, self.device
        top, b = max(map(len, prompts)), len(prompts)
        ids = torch.zeros(b, top, dtype=torch.long)
        pad = torch.tensor([top - len(p) for p in prompts])
        for r, p in enumerate(prompts): ids[r, top - len(p):] = torch.tensor(p)
        ids, pad = ids.to(d), pad.to(d)
        total = top + limit
        cache = [torch.zeros(c.layers, b, c.kv_heads, total, c.head_size, dtype=torch.bfloat16, device=d) for _ in range(2)]
        columns = torch.arange(total, device=d)
        state = {"at": 0}

        def attention(q, k, v, i):
            n, at = q.shape[2], state["at"]
            cache[0][i, :, :, at:at + n], cache[1][i, :, :, at:at + n] = k, v
            keys = columns[:at + n]
            rows = torch.arange(at, at + n, device=d)
            mask = (keys[None, None] >= pad[:, None, None]) & (keys[None, None] <= rows[None, :, None]) | (keys[None, None] == rows[None, :, None])
            group = c.heads // c.kv_heads
            if n == 1:                                                   # the heads of a group as rows of one query
                kv = [x[i, :, :, :at + 1] for x in cache]
                return F.scaled_dot_product_attention(q.unflatten(1, (c.kv_heads, group)).flatten(2, 3), *kv, mask[:, None]).unflatten(2, (group, 1)).flatten(1, 2)
            full = lambda x: x[i, :, :, :at + n].repeat_interleave(group, 1)
            return F.scaled_dot_product_attention(q, full(cache[0]), full(cache[1]), mask[:, None])

        stop = torch.tensor(self.tokenizer.stop, device=d)
        done = torch.zeros(b, dtype=torch.bool, device=d)
        found = []
        positions = (columns[None, :top] - pad[:, None]).clamp(min=0)
        layers = range(c.layers)
        h = self.model.hidden(ids, positions, attention, layers)[:, -1:]
        for step in range(limit):
            token = self.model.logits(h)[:, 0].float().argmax(-1)
            done |= torch.isin(token, stop)
            found.append(torch.where(done, -1, token))
            if step % 8 == 7 and done.all() or step == limit - 1: break
            state["at"] = top + step
            h = self.model.hidden(token[:, None], (top + step - pad)[:, None], attention, layers)
        found = torch.stack(found, 1).tolist()
        return [row[:row.index(-1)] if -1 in row else row for row in found]


def turns(chat, must):
    """Every turn of the model as (messages before it, the message, strings it must contain)."""
    for i, m in enumerate(chat["messages"]):
        if m["role"] == "assistant": yield {**chat, "messages": chat["messages"][:i]}, m, must.get(i, [])


def prompt_ids(tokenizer, chat):
    segments = prompt.segments(chat) + [("<|start_header_id|>", None, None), (None, "assistant", None), ("<|end_header_id|>", None, None), (None, "\n\n", None)]
    return tokenizer.encode_segments(segments)[0]


def parse_call(text):
    try:
        o = json.loads(text)
    except ValueError:
        return None
    return o if isinstance(o, dict) and set(o) == {"name", "parameters"} else None


def plain(v):
    """Numbers that are equal look equal: 120.0 as 120."""
    if isinstance(v, dict): return {k: plain(x) for k, x in v.items()}
    if isinstance(v, list): return [plain(x) for x in v]
    return int(v) if isinstance(v, float) and v.is_integer() else v


def same(a, b): return json.dumps(plain(a), sort_keys=True) == json.dumps(plain(b), sort_keys=True)


def check_call(message):
    def check(text):
        o = parse_call(text)
        return o is not None and o["name"] == message["call"]["name"] and same(o["parameters"], message["call"]["arguments"])
    return check


def check_json(message):
    def check(text):
        try: return same(json.loads(text), json.loads(message["content"]))
        except ValueError: return False
    return check


def collect(tokenizer, n, seed=77):
    """The generator's test cases: (set, prompt ids, check, shown, expected)."""
    cases = []
    held, train = C.Source(True), C.Source()

    def add(name, source, kind, count, pick, check):
        rng, have = random.Random(f"{seed}{name}"), 0
        while have < count:
            c = C.conversation(rng, source, kind)
            chat = {**prompt.chat_of(c), "indirect": c.indirect}
            for before, m, must in turns(chat, c.must):
                if have >= count or not pick(before, m, must): continue
                have += 1
                user = next((x["content"] for x in reversed(before["messages"]) if x["role"] == "user"), "")
                last = before["messages"][-1] if before["messages"] else {}
                shown = f"{user}  <- {[t['name'] for t in chat['tools']]}" + (f"  result {prompt.result_text(last['content'])[:200]}" if last.get("role") == "tool" else "")
                cases.append((name, prompt_ids(tokenizer, before), check(m, must), shown, prompt.call_text(m["call"]) if "call" in m else m["content"]))

    call = lambda b, m, must: "call" in m
    after = lambda b, m, must: "call" not in m and b["messages"] and b["messages"][-1]["role"] == "tool" and bool(must)
    contains = lambda m, must: lambda text: all(x in text.lower() for x in must)
    silent = lambda m, must: lambda text: not text.lstrip().startswith("{")
    exact_call = lambda m, must: check_call(m)
    exact_json = lambda m, must: check_json(m)
    add("call, held-out tools", held, "task", n, lambda b, m, must: "call" in m and not b["indirect"], exact_call)
    add("call, held-out tools, indirect wishes", held, "task", n // 4, lambda b, m, must: "call" in m and b["indirect"], exact_call)
    add("call, held-out tools, dialogues", held, "dialogue", n // 5, call, exact_call)
    add("call, training tools", train, "task", n // 6, call, exact_call)
    add("answer holds the result", held, "task", n // 3, after, contains)
    add("no call where none fits", held, "talk with tools", n // 7, lambda b, m, must: m["content"].split(".")[0].split(",")[0] in [x.split(".")[0].split(",")[0] for x in C.chat.NO_FIT], silent)
    add("no call in small talk", held, "talk with tools", n // 10, lambda b, m, must: True, silent)
    add("remembered fact", held, "talk", n // 16, lambda b, m, must: bool(must), contains)
    add("json schema", train, "form", n // 5, lambda b, m, must: b["response_format"] not in (None, "json"), exact_json)
    add("json without schema", train, "form", n // 24, lambda b, m, must: b["response_format"] == "json", exact_json)
    add("call, then json", held, "call then json", n // 12, lambda b, m, must: True, lambda m, must: check_call(m) if "call" in m else check_json(m))
    add("catalog scene", held, "catalog", n // 12, lambda b, m, must: "call" in m or bool(must), lambda m, must: check_call(m) if "call" in m else contains(m, must))
    add("list, then act", held, "list then act", n // 12, lambda b, m, must: "call" in m or bool(must), lambda m, must: check_call(m) if "call" in m else contains(m, must))
    return cases


def handwritten(tokenizer, path):
    cases = []
    for case in json.loads(pathlib.Path(path).read_text(encoding="utf-8")):
        messages = [m for x in case["messages"] for m in ([{"role": "assistant", "call": t} for t in x["tool_calls"]] if x.get("tool_calls") else [{"role": x["role"], "content": x.get("content", "")}])]
        chat = {"date": case.get("date", "26 Jul 2024"), "system": case.get("system") or "", "tools": [{k: t.get(k, "") for k in ("name", "description", "parameters")} for t in case["tools"]], "response_format": None, "messages": messages}
        expected = case.get("expect_any") or [case["expect"]]

        def check(text, expected=expected):
            o = parse_call(text)
            for e in expected:
                if e.get("name") is None:
                    if o is None and not text.lstrip().startswith('{"name"'): return True
                elif o is not None and o["name"] == e["name"] and same(o["parameters"], e.get("arguments", {})): return True
            return False
        cases.append(("written by hand", prompt_ids(tokenizer, chat), check, f"[{case.get('id')}] {messages[-1].get('content')}  <- {[t['name'] for t in chat['tools']]}", json.dumps(expected, ensure_ascii=False)))
    return cases


def evaluate(models, tokenizer, n=1200, handwritten_path=None, show=40, log=print, show_handwritten=False):
    """models: name -> model. Returns name -> set -> (percent, count) and prints errors of the last model."""
    cases = collect(tokenizer, n)
    if handwritten_path and pathlib.Path(handwritten_path).exists(): cases += handwritten(tokenizer, handwritten_path)
    report = {}
    everything = cases
    for name, model in models.items():
        begin = time.time()
        cases = everything if model is list(models.values())[-1] else [c for c in everything if c[0].startswith(("call, held", "written", "json schema"))]
        texts = [tokenizer.decode(ids) for ids in Generator(model, tokenizer).run([c[1] for c in cases])]
        score, errors = collections.OrderedDict(), collections.defaultdict(list)
        for (kind, _, check, shown, expected), text in zip(cases, texts):
            good, count = score.get(kind, (0, 0))
            ok = bool(check(text))
            score[kind] = (good + ok, count + 1)
            if not ok: errors[kind].append((shown, expected, text))
        report[name] = {k: (round(100 * g / t, 2), t) for k, (g, t) in score.items()}
        log(f"\n{name}  ({time.time() - begin:.0f} s)")
        for k, (p, t) in report[name].items(): log(f"  {k:34s} {p:6.2f} %   n = {t}")
    for kind, list_ in errors.items():
        if kind == "written by hand" and not show_handwritten: continue
        log(f"\n--- errors, {kind}: {len(list_)}")
        for shown, expected, text in list_[:show if kind.startswith("call, held") else max(6, show // 4)]: log(f"{shown}\n   want {expected}\n   got  {text[:300]}")
    return report
