"""Training: packed rows with attention inside each conversation only, Muon for the matrices, NVFP4 for the last third of the time or more.

Gradient (mask, forward, backward) and update are CUDA graphs: a model this small would otherwise wait for Python. With several GPUs
each has rows of its own, and the gradients are averaged between the two graphs.
"""
import math
import os
import queue
import threading
import time

import torch
import torch.distributed as dist
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


def document_mask(doc, branch, within):
    """Causal attention inside each document, of a branch to its own tokens and to branch 0; doc (rows, ROW) does not decrease along a row."""
    (low, high), (least, most) = ((b.amin(-1), b.amax(-1)) for b in (t.unflatten(-1, (-1, BLOCK)) for t in (doc, branch)))
    index = torch.arange(ROW // BLOCK, device=doc.device)
    some = (index[:, None] >= index) & (low[:, :, None] <= high[:, None]) & (high[:, :, None] >= low[:, None])
    seen = (most == 0)[:, None] | (least == most)[:, None] & (least[:, :, None] == least[:, None]) & (most[:, :, None] == most[:, None])
    whole = (index[:, None] > index) & (low[:, :, None] == high[:, None]) & (high[:, :, None] == low[:, None]) & seen
    return BlockMask.from_kv_blocks(*ordered(some & ~whole), *ordered(whole), BLOCK_SIZE=BLOCK, mask_mod=within)


def visible(doc, branch):
    """The same as a function of (row, head, query, key)."""
    return lambda b, h, i, j: (doc[b, i] == doc[b, j]) & (i >= j) & ((branch[b, j] == 0) | (branch[b, i] == branch[b, j]))


def dense(doc, branch):
    """The same as booleans (rows, 1, query, key)."""
    rows, steps = torch.arange(doc.shape[0], device=doc.device), torch.arange(doc.shape[1], device=doc.device)
    return visible(doc, branch)(rows[:, None, None, None], None, steps[:, None], steps)


def prepare(batch, device):
    """Host arrays -> ids, targets, positions, loss weights, document numbers, branches."""
    ids, flags, positions, branches, docs = (torch.from_numpy(a).to(device) for a in batch)
    ids, doc, f = ids.long(), docs[:, :-1].int(), flags[:, 1:]
    weights = torch.where(f == 2, 1.0, torch.where(f == 1, 0.05, 0.0))
    return ids[:, :-1].contiguous(), ids[:, 1:].contiguous(), positions[:, :-1].long(), weights, torch.where(doc < 0, PADDING, doc), branches[:, :-1].int()


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


class Team:
    """The processes that train together, one for each GPU."""

    def __init__(self, rank, world):
        self.rank, self.world = rank, world
        if world == 1: return
        os.environ.setdefault("GLOO_SOCKET_IFNAME", "lo")
        dist.init_process_group("nccl", init_method="tcp://127.0.0.1:29517", rank=rank, world_size=world)
        self.host = dist.new_group(backend="gloo")

    def average(self, tensor):
        if self.world > 1: dist.all_reduce(tensor, op=dist.ReduceOp.AVG)

    def agree(self, number):
        """The first process's number."""
        if self.world == 1: return number
        box = torch.tensor([number], dtype=torch.float64)
        dist.broadcast(box, 0, group=self.host)
        return box.item()

    def share(self, model):
        """The first process's weights and scales."""
        if self.world > 1:
            for t in model.state_dict().values(): dist.broadcast(t, 0)

    def leave(self):
        if self.world > 1: dist.destroy_process_group()


class State:
    """What a run leaves behind every minute, so that an interrupted one can go on: BF16 weights, and how far it was."""

    def __init__(self, path, every=45):
        self.path, self.every, self.saved = path and os.path.join(path, "state.pt"), every, time.time()
        self.found = torch.load(self.path, weights_only=True) if path and os.path.exists(self.path) else {"seconds": 0.0, "steps": 0}

    def restore(self, model):
        if "weights" in self.found: model.load_state_dict({k: v.to(model.state_dict()[k].dtype) for k, v in self.found["weights"].items()})

    def save(self, model, seconds, steps):
        if not self.path or time.time() - self.saved < self.every: return
        self.saved = time.time()
        weights = {k: v.bfloat16().cpu() if v.ndim else v.cpu() for k, v in model.state_dict().items()}
        torch.save({"seconds": seconds, "steps": steps, "weights": weights}, self.path + ".new")
        os.replace(self.path + ".new", self.path)


def train(tokenizer_path, seconds, rank=0, world=1, rows=16, workers=13, muon=True, lr=None, quantise_from=.62, seed=1, state=None):
    """One process of `world`; the first one returns the model that all of them trained. `state` is a folder to save to and to go on from."""
    device = f"cuda:{rank}"
    torch.cuda.set_device(device)
    log = (lambda text: print(text, flush=True)) if rank == 0 else (lambda text: None)
    torch.manual_seed(seed)
    torch.set_float32_matmul_precision("high")
    torch._dynamo.config.recompile_limit = 64
    team = Team(rank, world)
    state = State(state)
    loader = Loader(tokenizer_path, rows, workers, seed + rank + 100 * state.found["steps"])
    model = Llama(Config()).to(device)
    state.restore(model)
    matrices = [p for n, p in model.named_parameters() if p.ndim == 2 and "embed" not in n]
    others = [p for n, p in model.named_parameters() if p.ndim != 2 or "embed" in n]
    peak, peak_adam = lr or (3e-3 if muon else 1e-3), 1e-3
    rate, rate_adam = torch.zeros((), device=device), torch.zeros((), device=device)
    hidden = Muon(matrices) if muon else None
    groups = [{"params": others, "weight_decay": 0.0}] + ([] if muon else [{"params": matrices, "weight_decay": .1}])
    adam = torch.optim.AdamW(groups, lr=rate_adam, betas=(.9, .95), fused=True, capturable=True)
    gradient = torch.zeros(sum(p.numel() for p in model.parameters()), device=device)
    for p, g in zip(model.parameters(), gradient.split([p.numel() for p in model.parameters()])): p.grad = g.view_as(p)

    # One compiled block serves all layers, which keeps the compilation short.
    for layer in model.layers: layer.compile(dynamic=False)
    head = torch.compile(model.loss, dynamic=False)
    fetch = prefetch(loader, torch.device(device))
    inputs = [t.clone() for t in fetch()]                                # the graph reads these
    within = visible(*inputs[4:])

    def load():
        for to, new in zip(inputs, fetch()):
            to.copy_(new)
            new.record_stream(torch.cuda.current_stream())

    def differentiate(fp4):
        gradient.zero_()
        ids, targets, positions, weights, doc, branch = inputs
        mask = document_mask(doc, branch, within)
        loss, own = head(model.hidden(ids, positions, attend, [mask] * len(model.layers), fp4), targets, weights)
        loss.backward()
        return own

    def update():
        gradient.mul_((1 / (gradient.norm() + 1e-6)).clamp(max=1))
        if hidden: hidden.step(rate)
        adam.step()

    def calibrate(count=4):
        seen = {}
        with torch.no_grad():
            for _ in range(count):
                load()
                ids, _, positions, _, *where = (t[:4] for t in inputs)
                mask = dense(*where)
                group = model.c.heads // model.c.kv_heads
                masked = lambda q, k, v, _: F.scaled_dot_product_attention(q, k.repeat_interleave(group, 1), v.repeat_interleave(group, 1), mask)
                model.hidden(ids, positions, masked, [None] * len(model.layers), seen=seen)
        model.set_input_scales(seen)
        team.share(model)

    # Compile and capture before the clock starts, at learning rate 0.
    begin, side = time.time(), torch.cuda.Stream()
    calibrate(1)
    side.wait_stream(torch.cuda.current_stream())
    with torch.cuda.stream(side):
        for fp4 in (False, True):
            for _ in range(3): load(); differentiate(fp4); team.average(gradient); update()
            side.synchronize()
            log(f"compiled, {time.time() - begin:.0f} s")
    torch.cuda.synchronize()
    torch.cuda.empty_cache()
    time.sleep(1)                                                        # the prefetching thread fills its queue and rests

    def capture(work):
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph, stream=side, capture_error_mode="thread_local"): result = work()
        return graph, result
    graphs = {fp4: capture(lambda: differentiate(fp4)) for fp4 in (False, True)}
    updating, _ = capture(update)
    log(f"captured, {time.time() - begin:.0f} s")

    def once(fp4):
        load()
        graph, own = graphs[fp4]
        graph.replay()
        team.average(gradient)
        updating.replay()
        return own.clone()

    first, steps = state.found["steps"], state.found["steps"]
    start, fp4, recalibrated, running = time.time() - state.found["seconds"], False, False, []
    while True:
        progress = team.agree((time.time() - start) / seconds)
        if progress >= 1: break
        if not fp4 and progress >= quantise_from: calibrate(); fp4 = True; log(f"step {steps}: NVFP4 from here")
        elif fp4 and not recalibrated and progress >= .9: calibrate(); recalibrated = True
        factor = schedule(progress) * min(1, (steps - first + 1) / 200)
        rate.fill_(peak * factor); rate_adam.fill_(peak_adam * factor)
        running.append(once(fp4))
        steps += 1
        if steps % 4 == 0 and len(running) > 3: running[-4].cpu()        # do not run ahead of the device by more than a few steps
        if steps % 100 == 0 and rank == 0: state.save(model, time.time() - start, steps)
        if len(running) == 200:
            mean, running = torch.stack(running).mean().item(), []
            if steps <= 1000 or steps % 1000 == 0:
                log(f"step {steps}  {time.time() - start:5.0f} s  loss of own tokens {mean:.4f}  {steps * world * rows * ROW / (time.time() - start) / 1e6:.2f} M tokens/s  queue {loader.queue.qsize()}")
    torch.cuda.synchronize()
    took, tokens = time.time() - start, steps * world * rows * ROW
    log(f"{steps} steps, {tokens / 1e6:.0f} M tokens, {took:.0f} s, {tokens / took / 1e6:.2f} M tokens/s")
    loader.stop()
    team.leave()
    for layer in model.layers: layer._compiled_call_impl = None           # evaluation runs with shapes of its own
    for p in model.parameters(): p.grad = None
    return model, {"steps": steps, "tokens": tokens, "seconds": round(took, 1), "tokens_per_second": round(tokens / took), "device": f"{world} x {torch.cuda.get_device_name()}"}
