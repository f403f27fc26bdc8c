"""An independent reference of the arithmetic, from the exported file alone: W4A4 ("exact") and dequantised W4A16.

Written for clearness, not for speed: no cache, no batch, sums in float64. It shares no code with model.py.
"""
import json
import math
import pathlib

import torch
from safetensors.torch import load_file

F32, F64 = torch.float32, torch.float64
E2M1 = torch.tensor([0, .5, 1, 1.5, 2, 3, 4, 6, -0.0, -.5, -1, -1.5, -2, -3, -4, -6], dtype=F32)


def bf16(v): return v.to(F32).to(torch.bfloat16).to(F32)


class Reference:
    def __init__(self, folder, device="cpu"):
        folder = pathlib.Path(folder)
        self.config = json.loads((folder / "config.json").read_text())
        self.t = load_file(folder / "model.safetensors", device=str(device))
        self.device = device
        c = self.config
        self.heads, self.kv, self.size, self.eps = c["num_attention_heads"], c["num_key_value_heads"], c["head_dim"], c["rms_norm_eps"]
        inverse = 1.0 / c["rope_theta"] ** (torch.arange(0, self.size, 2, dtype=F64) / self.size)
        self.inverse = inverse.to(F32).to(device)
        self.cache = {}

    def weight(self, name):
        """E2M1 values (out, blocks, 16), block scales (out, blocks, 1), the two tensor scales."""
        if name not in self.cache:
            packed = self.t[name + ".weight"]
            codes = torch.stack([packed & 15, packed >> 4], -1).flatten(-2).long()
            self.cache[name] = (E2M1.to(self.device)[codes].unflatten(-1, (-1, 16)), self.t[name + ".weight_scale"].to(F32).unsqueeze(-1),
                                self.t[name + ".weight_scale_2"].to(F32).reshape(()), self.t[name + ".input_scale"].to(F32).reshape(()))
        return self.cache[name]

    @staticmethod
    def quantise(x, input_scale):
        """BF16 rows in float32 -> E2M1 values and E4M3 scales per block of 16."""
        blocks = x.unflatten(-1, (-1, 16))
        one, sixth, top = (torch.tensor(v, dtype=F32, device=x.device) for v in (1.0, 1.0 / 6.0, 448.0))
        g = one / input_scale
        scale = torch.minimum(top, g * (blocks.abs().amax(-1, keepdim=True) * sixth)).to(torch.float8_e4m3fn).to(F32)
        m = torch.where(scale == 0, torch.zeros_like(scale), one / (scale * (one / g)))
        v = (blocks * m).clamp(-6, 6)
        a = v.abs()
        magnitude = torch.zeros_like(a)
        for low, closed, value in ((.25, False, .5), (.75, True, 1.), (1.25, False, 1.5), (1.75, True, 2.), (2.5, False, 3.), (3.5, True, 4.), (5., False, 6.)):
            magnitude = torch.where((a >= low) if closed else (a > low), torch.full_like(a, value), magnitude)
        return torch.copysign(magnitude, v), scale

    def linear(self, x, name, exact):
        values, scale, scale2, input_scale = self.weight(name)
        if not exact:
            w = values * (scale * scale2)                                # float32, in this order
            return (x.to(F64) @ w.flatten(-2).to(F64).T).to(F32)
        x4, sx = self.quantise(x, input_scale)
        total = (x4 * sx).flatten(-2).to(F64) @ (values * scale).flatten(-2).to(F64).T
        return bf16(total.to(F32) * (input_scale * scale2))

    def norm(self, x, name, exact):
        w = self.t[name].to(F32)
        ms = x.to(F64).square().mean(-1, keepdim=True).to(F32)
        r = 1.0 / torch.sqrt(ms + torch.tensor(self.eps, dtype=F32, device=x.device))
        y = (x * r) * w
        return bf16(y) if exact else y

    def rope(self, x, exact):
        """(time, heads, size), rotate-half."""
        angle = torch.arange(x.shape[0], dtype=F32, device=x.device)[:, None] * self.inverse
        cos, sin = angle.to(F64).cos().to(F32)[:, None], angle.to(F64).sin().to(F32)[:, None]
        a, b = x.chunk(2, -1)
        y = torch.cat([a * cos - b * sin, b * cos + a * sin], -1)
        return bf16(y) if exact else y

    def attention(self, q, k, v, exact):
        t, group = q.shape[0], self.heads // self.kv
        k, v = k.repeat_interleave(group, 1), v.repeat_interleave(group, 1)
        scores = torch.einsum("thd,shd->hts", q.to(F64), k.to(F64)).to(F32) * torch.tensor(1.0 / math.sqrt(self.size), dtype=F32, device=q.device)
        scores = scores.masked_fill(torch.ones(t, t, dtype=torch.bool, device=q.device).triu(1), float("-inf"))
        # Exponentials in float64, rounded once: what a last bit decides must not depend on a library's exp.
        e = (scores - scores.amax(-1, keepdim=True)).to(F64).exp().to(F32)
        p = e / e.to(F64).sum(-1, keepdim=True).to(F32)
        y = torch.einsum("hts,shd->thd", p.to(F64), v.to(F64)).to(F32).flatten(1)
        return bf16(y) if exact else y

    def silu_times(self, g, u, exact):
        y = g / (1 + torch.exp(-g.to(F64)).to(F32)) * u
        return bf16(y) if exact else y

    @torch.no_grad()
    def run(self, ids, exact=True):
        """Logits of the last position and the hidden state after every layer at that position."""
        add = (lambda a, b: bf16(a + b)) if exact else (lambda a, b: a + b)
        x = self.t["model.embed_tokens.weight"].to(F32)[torch.tensor(ids, device=self.device)]
        states = []
        for i in range(self.config["num_hidden_layers"]):
            at = f"model.layers.{i}."
            h = self.norm(x, at + "input_layernorm.weight", exact)
            q, k, v = (self.linear(h, f"{at}self_attn.{n}_proj", exact).unflatten(-1, (-1, self.size)) for n in "qkv")
            a = self.attention(self.rope(q, exact), self.rope(k, exact), v, exact)
            x = add(x, self.linear(a, at + "self_attn.o_proj", exact))
            h = self.norm(x, at + "post_attention_layernorm.weight", exact)
            act = self.silu_times(self.linear(h, at + "mlp.gate_proj", exact), self.linear(h, at + "mlp.up_proj", exact), exact)
            x = add(x, self.linear(act, at + "mlp.down_proj", exact))
            states.append(x[-1])
        h = self.norm(x[-1:], "model.norm.weight", exact)
        head = self.t["model.embed_tokens.weight"].to(F32)
        return (h.to(F64) @ head.to(F64).T).to(F32)[0], states

    def greedy(self, ids, stop, exact=True, limit=64):
        out = []
        while len(out) < limit:
            token = int(self.run(list(ids) + out, exact)[0].argmax())
            out.append(token)
            if token in stop: break
        return out
