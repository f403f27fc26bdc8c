"""Checks that packed rows are what they stand for: python3 packing_check.py  (needs a GPU)

Every conversation of a packed row, also one that shares its beginning with others, gets the same hidden states as when it stands alone.
"""
import pathlib

import torch
import torch.nn.functional as F

import data
import train
from model import Config, Llama


def main():
    torch.manual_seed(5)
    model = Llama(Config()).cuda()
    batch = next(data.rows(3, str(pathlib.Path(__file__).resolve().parents[1] / "tokenizer.json"), 2))
    ids, targets, positions, weights, doc, branch = train.prepare(batch, "cuda")
    within = train.visible(doc, branch)
    layers = [train.document_mask(doc, branch, within)] * len(model.layers)
    group = model.c.heads // model.c.kv_heads
    causal = lambda q, k, v, _: F.scaled_dot_product_attention(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), is_causal=True)
    masked = lambda q, k, v, _: F.scaled_dot_product_attention(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), train.dense(doc, branch))
    compiled = torch.compile(train.attend, dynamic=False)
    with torch.no_grad():
        packed = model.hidden(ids, positions, compiled, layers).float()
        dense = model.hidden(ids, positions, masked, layers).float()
        count, worst, shared = 0, 0.0, 0
        for row in range(len(ids)):
            for d in doc[row].unique().tolist():
                if d == train.PADDING: continue
                for b in branch[row][doc[row] == d].unique().tolist():
                    if b == 0 and (branch[row][doc[row] == d] > 0).any(): continue
                    at = ((doc[row] == d) & ((branch[row] == 0) | (branch[row] == b))).nonzero()[:, 0]
                    assert (positions[row, at] == torch.arange(len(at), device="cuda")).all(), "positions"
                    alone = model.hidden(ids[row, at][None], torch.arange(len(at), device="cuda")[None], causal, layers)[0].float()
                    for other in (packed, dense): worst = max(worst, ((other[row, at] - alone).norm() / alone.norm()).item())
                    count += 1; shared += b > 0
    own = (weights == 1).float().mean().item()
    print(f"{count} conversations, {shared} with a shared beginning; largest relative difference {worst:.5f}; {100 * own:.1f} % of the tokens are the model's own")
    assert worst < .02 and shared > 2, "packed rows differ from conversations alone"


if __name__ == "__main__": main()
