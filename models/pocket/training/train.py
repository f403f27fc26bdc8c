"""Training: packed rows with attention inside each conversation only, Muon for the matrices, NVFP4 from two thirds of the time on.

The whole step (mask, forward, backward, optimizer) is one CUDA graph: a model this small would otherwise wait for Python.
"""
import math
import queue
import threading
import time

import torch
import torch.nn.functional as F
from torch.nn.attention.flex_attention import BlockMask, flex_attention

from data import Loader, ROW
from model import Config, Llama


def orthogonal(g, steps=5):
    """Newton–Schulz: a stack of matrices (n, rows, columns) with rows <= columns towards orthogonal ones."""
    x = g.bfloat16()
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    for _ in range(steps):
        a = x @ x.mT
        x = 3.4445 * x + (-4.7750 * a + 2.0315 * (a @ a)) @ x
    return x


class Muon:
    """Momentum, orthogonalised per matrix; the update has the size of an AdamW update (factor 0.2)."""

    def __init__(self, params, momentum=0.95, decay=0.05):
        groups = {}
        for p in params: groups.setdefault((min(p.shape), max(p.shape)), []).append(p)
        self.groups = [(ps, [torch.zeros_like(p) for p in ps]) for ps in groups.values()]
        self.momentum, self.decay = momentum, decay

    @torch.no_grad()
    def step(self, lr):
        """`lr` is a tensor, so that a captured graph can change it."""
        for params, buffers in self.groups:
            grads = [p.grad for p in params]
            torch._foreach_lerp_(buffers, grads, 1 - self.momentum)
            updates = torch._foreach_lerp(grads, buffers, self.momentum)
            wide = [u if u.shape[0] <= u.shape[1] else u.mT for u in updates]
            solved = orthogonal(torch.stack(wide)).float() * (-lr * (0.2 * math.sqrt(max(params[0].shape))))
            torch._foreach_mul_(params, 1 - lr * self.decay)
            torch._foreach_add_(params, [s if p.shape[0] <= p.shape[1] else s.mT for s, p in zip(solved, params)])


def attend(q, k, v, mask):
    return flex_attention(q, k, v, block_mask=mask, enable_gqa=True)


def schedule(progress):
    """Constant, then down in a straight line from 45 % of the time on."""
    return 1.0 if progress < .45 else max(0.02, (1 - progress) / .55)


BLOCK = 128
PADDING = 30_000                                                         # document number of the padding at the end of a row


def ordered(dense):
    """Which key blocks a query block looks at, as counts and indices."""
    dense = dense.to(torch.int32)
    return dense.sum(-1, dtype=torch.int32)[:, None].contiguous(), dense.argsort(dim=-1, descending=True, stable=True).to(torch.int32)[:, None].contiguous()


def document_mask(doc, within):
    """Causal attention inside each document; doc (rows, ROW) does not decrease along a row."""
    low, high = doc.unflatten(-1, (-1, BLOCK))[..., 0], doc.unflatten(-1, (-1, BLOCK))[..., -1]
    index = torch.arange(ROW // BLOCK, device=doc.device)
    some = (index[:, None] >= index) & (low[:, :, None] <= high[:, None]) & (high[:, :, None] >= low[:, None])
    whole = (index[:, None] > index) & (low[:, :, None] == high[:, None]) & (high[:, :, None] == low[:, None])
    return BlockMask.from_kv_blocks(*ordered(some & ~whole), *ordered(whole), BLOCK_SIZE=BLOCK, mask_mod=within)


def prepare(batch, device):
    """Host arrays -> ids, targets, positions, loss weights, document numbers."""
    ids, flags, docs = (torch.from_numpy(a).to(device) for a in batch)
    ids, docs = ids.long(), docs.int()
    doc = docs[:, :-1].contiguous()
    doc = torch.where(doc < 0, PADDING, doc)
    f = flags[:, 1:]
    weights = torch.where(f == 2, 1.0, torch.where(f == 1, 0.05, 0.0))
    steps = torch.arange(ROW, device=device).expand_as(doc)
    first = torch.ones_like(doc, dtype=torch.bool)
    first[:, 1:] = doc[:, 1:] != doc[:, :-1]
    positions = steps - torch.where(first, steps, 0).cummax(1).values
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous(), positions, weights, doc


def prefetch(loader, device, depth=4):
    """Copies batches to the device on a stream of its own while the model computes."""
    ready, stream = queue.Queue(depth), torch.cuda.Stream()

    def work():
        torch.cuda.set_device(device)
        while True:
            batch = loader.next()
            with torch.cuda.stream(stream):
                tensors = prepare(batch, device)
                event = torch.cuda.Event(); event.record(stream)
            event.synchronize()
            ready.put(tensors)
    threading.Thread(target=work, daemon=True).start()
    return ready.get


def train(tokenizer_path, seconds, device="cuda:0", rows=16, workers=13, muon=True, lr=None, quantise_from=.66, seed=1, log=print):
    torch.manual_seed(seed)
    torch.set_float32_matmul_precision("high")
    torch._dynamo.config.recompile_limit = 64
    loader = Loader(tokenizer_path, rows, workers, seed)
    model = Llama(Config()).to(device)
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    peak, peak_adam = lr or (3e-3 if muon else 1e-3), 1e-3
    rate, rate_adam = torch.zeros((), device=device), torch.zeros((), device=device)
    hidden = Muon(matrices) if muon else None
    groups = [{"params": others, "weight_decay": 0.0}] + ([] if muon else [{"params": matrices, "weight_decay": .1}])
    adam = torch.optim.AdamW(groups, lr=rate_adam, betas=(.9, .95), fused=True, capturable=True)

    # One compiled block serves all layers, which keeps the compilation short.
    for layer in model.layers: layer.compile(dynamic=False)
    head = torch.compile(model.loss, dynamic=False)
    fetch = prefetch(loader, torch.device(device))
    inputs = [t.clone() for t in fetch()]                                # the graph reads these
    document = inputs[4]
    within = lambda b, h, i, j: (document[b, i] == document[b, j]) & (i >= j)

    def load():
        for to, new in zip(inputs, fetch()):
            to.copy_(new)
            new.record_stream(torch.cuda.current_stream())

    def step(fp4):
        ids, targets, positions, weights, doc = inputs
        mask = document_mask(doc, within)
        loss, own = head(model.hidden(ids, positions, attend, [mask] * len(model.layers), fp4), targets, weights)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if hidden: hidden.step(rate)
        adam.step()
        return own

    def clear():
        for p in model.parameters(): p.grad = None

    def calibrate(count=4):
        seen = {}
        with torch.no_grad():
            for _ in range(count):
                load()
                ids, _, positions, _, doc = (t[:4] for t in inputs)
                mask = ((doc[:, :, None] == doc[:, None]) & torch.ones(ROW, ROW, dtype=torch.bool, device=device).tril())[:, None]
                group = model.c.heads // model.c.kv_heads
                masked = lambda q, k, v, _: F.scaled_dot_product_attention(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), mask)
                model.hidden(ids, positions, masked, [None] * len(model.layers), seen=seen)
        model.set_input_scales(seen)

    # Compile and capture before the clock starts, at learning rate 0.
    begin, side, graphs = time.time(), torch.cuda.Stream(), {}
    calibrate(1)
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for fp4 in (False, True):
            for _ in range(3): clear(); load(); step(fp4)
            side.synchronize()
            log(f"compiled, {time.time() - begin:.0f} s")
    clear()
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    time.sleep(1)                                                        # the prefetching thread fills its queue and rests
    try:
        for fp4 in (False, True):
            clear()
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"): own = step(fp4)
            graphs[fp4] = (graph, own)
        log(f"captured, {time.time() - begin:.0f} s")
    except Exception as error:                                           # slower, but the same mathematics
        log(f"no CUDA graph: {type(error).__name__}: {str(error)[:300]}")
        graphs = {}
        torch.cuda.synchronize()
        clear()

    def once(fp4):
        load()
        if graphs:
            graphs[fp4][0].replay()
            return graphs[fp4][1].clone()
        own = step(fp4)
        clear()
        return own

    start, steps, fp4, recalibrated, running = time.time(), 0, False, False, []
    while True:
        progress = (time.time() - start) / seconds
        if progress >= 1: break
        if not fp4 and progress >= quantise_from: calibrate(); fp4 = True; log(f"step {steps}: NVFP4 from here")
        elif fp4 and not recalibrated and progress >= .9: calibrate(); recalibrated = True
        factor = schedule(progress) * min(1, (steps + 1) / 200)
        rate.fill_(peak * factor); rate_adam.fill_(peak_adam * factor)
        running.append(once(fp4))
        steps += 1
        if steps % 4 == 0: running[-4].cpu()                             # do not run ahead of the device by more than a few steps
        if len(running) == 200:
            mean, running = torch.stack(running).mean().item(), []
            if steps <= 1000 or steps % 1000 == 0:
                log(f"step {steps}  {time.time() - start:5.0f} s  loss of own tokens {mean:.4f}  {steps * rows * ROW / (time.time() - start) / 1e6:.2f} M tokens/s  queue {loader.queue.qsize()}")
    torch.cuda.synchronize()
    took, tokens = time.time() - start, steps * rows * ROW
    log(f"{steps} steps, {tokens / 1e6:.0f} M tokens, {took:.0f} s, {tokens / took / 1e6:.2f} M tokens/s")
    loader.stop()
    for layer in model.layers: layer._compiled_call_impl = None           # evaluation runs with shapes of its own
    clear()
    return model, {"steps": steps, "tokens": tokens, "seconds": round(took, 1), "tokens_per_second": round(tokens / took), "device": torch.cuda.get_device_name()}
