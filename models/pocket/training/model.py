"""A small Llama: the architecture of the big one, with switchable NVFP4 arithmetic in the linear layers."""
import dataclasses
import math

import torch
import torch.nn.functional as F
from torch import nn

import nvfp4


@dataclasses.dataclass
class Config:
    hidden: int = 384
    layers: int = 8
    heads: int = 6
    kv_heads: int = 2
    head_size: int = 64
    ffn: int = 1280
    vocabulary: int = 4096
    context: int = 4096
    theta: float = 500000.0
    eps: float = 1e-5


class Linear(nn.Module):
    """y = W x. `group` names the tensors that share scales, as ModelOpt exports them (q,k,v and gate,up)."""

    def __init__(self, inputs, outputs, scale=1.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) * (scale / math.sqrt(inputs)))
        self.register_buffer("input_scale", torch.ones(()))
        self.frozen = None                                           # (quantised weight, scale2) of a loaded checkpoint

    def forward(self, x, scale2=None):
        if self.frozen is not None:
            w, scale2 = self.frozen
            values, scale = nvfp4.activation_codes(x, self.input_scale)
            return (F.linear((values * scale).flatten(-2).to(torch.bfloat16), w).float() * (self.input_scale * scale2)).to(torch.bfloat16)
        if scale2 is None:
            return F.linear(x, self.weight.to(torch.bfloat16))
        w = nvfp4.fake_weight(self.weight, scale2).to(torch.bfloat16)
        a = nvfp4.fake_activation(x, self.input_scale).to(torch.bfloat16)
        return (F.linear(a, w).float() * (self.input_scale * scale2)).to(torch.bfloat16)


def scale2_of(*linears):
    return torch.stack([l.weight.detach().abs().amax() for l in linears]).amax().float() / nvfp4.RANGE


class Norm(nn.Module):
    def __init__(self, size, eps):
        super().__init__()
        self.weight, self.eps = nn.Parameter(torch.ones(size)), eps

    def forward(self, x):
        x = x.float()
        return (x * torch.rsqrt(x.square().mean(-1, keepdim=True) + self.eps) * self.weight).to(torch.bfloat16)


def rotate(x, cos, sin):
    """Rotate-half on (batch, heads, time, head size), float32 inside, BF16 outside."""
    a, b = x.float().chunk(2, -1)
    return torch.cat([a * cos - b * sin, b * cos + a * sin], -1).to(torch.bfloat16)


class Block(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        out = 1 / math.sqrt(2 * c.layers)
        self.input_layernorm, self.post_attention_layernorm = Norm(c.hidden, c.eps), Norm(c.hidden, c.eps)
        self.q_proj, self.k_proj, self.v_proj = Linear(c.hidden, c.heads * c.head_size), Linear(c.hidden, c.kv_heads * c.head_size), Linear(c.hidden, c.kv_heads * c.head_size)
        self.o_proj = Linear(c.heads * c.head_size, c.hidden, out)
        self.gate_proj, self.up_proj, self.down_proj = Linear(c.hidden, c.ffn), Linear(c.hidden, c.ffn), Linear(c.ffn, c.hidden, out)

    def forward(self, x, cos, sin, attention, context, fp4, seen=None):
        """attention(q, k, v, context) does the masking and any caching; `seen` collects the amax of each linear input for calibration."""
        c = self.c
        s = (lambda *l: scale2_of(*l)) if fp4 else (lambda *l: None)
        note = (lambda name, v: seen.setdefault(name, []).append(v.detach().abs().amax())) if seen is not None else (lambda name, v: None)
        h = self.input_layernorm(x)
        note("qkv", h)
        qkv = s(self.q_proj, self.k_proj, self.v_proj)
        split = lambda v, n: v.unflatten(-1, (n, c.head_size)).transpose(1, 2)
        q, k, v = split(self.q_proj(h, qkv), c.heads), split(self.k_proj(h, qkv), c.kv_heads), split(self.v_proj(h, qkv), c.kv_heads)
        a = attention(rotate(q, cos, sin), rotate(k, cos, sin), v, context).transpose(1, 2).flatten(-2)
        note("o", a)
        x = x + self.o_proj(a, s(self.o_proj))
        h = self.post_attention_layernorm(x)
        note("gu", h)
        gu = s(self.gate_proj, self.up_proj)
        act = (F.silu(self.gate_proj(h, gu).float()) * self.up_proj(h, gu).float()).to(torch.bfloat16)
        note("down", act)
        return x + self.down_proj(act, s(self.down_proj))


class Llama(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.c = c
        self.embed_tokens = nn.Embedding(c.vocabulary, c.hidden)
        nn.init.normal_(self.embed_tokens.weight, std=0.02)
        self.layers = nn.ModuleList(Block(c) for _ in range(c.layers))
        self.norm = Norm(c.hidden, c.eps)
        inverse = 1.0 / c.theta ** (torch.arange(0, c.head_size, 2, dtype=torch.float64) / c.head_size)
        self.register_buffer("inverse", inverse.float(), persistent=False)

    def angles(self, positions):
        a = positions.float()[:, None, :, None] * self.inverse               # (batch, 1, time, head size / 2)
        return a.cos(), a.sin()

    def hidden(self, ids, positions, attention, contexts, fp4=False, seen=None):
        """The residual stream after the last layer; contexts[i] is what layer i hands to `attention`."""
        cos, sin = self.angles(positions)
        x = self.embed_tokens(ids).to(torch.bfloat16)
        for i, layer in enumerate(self.layers):
            if seen is None: x = layer(x, cos, sin, attention, contexts[i], fp4)
            else: x = Block.forward(layer, x, cos, sin, attention, contexts[i], fp4, seen.setdefault(i, {}))
        return x

    def logits(self, x):
        return F.linear(self.norm(x), self.embed_tokens.weight.to(torch.bfloat16))

    def loss(self, x, targets, weights):
        """Weighted loss, and the plain one over what the model itself writes."""
        each = F.cross_entropy(self.logits(x).float().flatten(0, 1), targets.flatten(), reduction="none")
        w = weights.flatten()
        own = (w == 1).float()
        return (each * w).sum() / w.sum(), (each.detach() * own).sum() / own.sum()

    @torch.no_grad()
    def set_input_scales(self, seen, headroom=1.0):
        """Static activation scales from the largest inputs met in calibration."""
        for i, layer in enumerate(self.layers):
            top = {k: torch.stack(v).max().float() * headroom / nvfp4.RANGE for k, v in seen[i].items()}
            for name, key in (("q_proj", "qkv"), ("k_proj", "qkv"), ("v_proj", "qkv"), ("o_proj", "o"), ("gate_proj", "gu"), ("up_proj", "gu"), ("down_proj", "down")):
                getattr(layer, name).input_scale.copy_(top[key])
