"""Everything in one command, on one GPU or several:  python3 models/pocket/training/run.py

Trains the tokenizer and the model, exports the NVFP4 checkpoint, evaluates it and writes the reference vectors.
"""
import argparse
import json
import multiprocessing
import os
import pathlib
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE / "generator")]


def log(text): print(text, flush=True)


def write_vectors(folder, tokenizer_path, checkpoint):
    """On the CPU, in a process of its own beside the evaluation."""
    import tokenizer as tok
    import vectors
    from reference import Reference
    vectors.write(folder, tok.PocketTokenizer(tokenizer_path), Reference(checkpoint, "cpu"))
    log("vectors written")


def main():
    root = HERE.parents[2]
    a = argparse.ArgumentParser()
    a.add_argument("--seconds", type=float, default=1460, help="training time")
    a.add_argument("--checkpoint", default=str(HERE.parent), help="folder of the checkpoint")
    a.add_argument("--vectors", default=str(root / "tests" / "Vectors" / "pocket"), help="folder of the reference vectors")
    a.add_argument("--state", help="folder to save the run to every minute; one that is found there goes on")
    a.add_argument("--workers", type=int, default=max(2, (os.cpu_count() or 4) - 2))
    a.add_argument("--gpus", type=int, default=0, help="how many GPUs train together; 0 takes all")
    a.add_argument("--rows", type=int, default=16, help="rows of 4096 tokens in a batch, on each GPU")
    a.add_argument("--cases", type=int, default=1000)
    a.add_argument("--corpus", type=int, default=9600, help="conversations the tokenizer is trained on")
    a.add_argument("--optimizer", choices=("muon", "adamw"), default="muon")
    a.add_argument("--lr", type=float)
    a.add_argument("--quantise-from", type=float, default=.62, help="share of the time after which training sees NVFP4")
    a.add_argument("--seed", type=int, default=1)
    a.add_argument("--results", default=str(HERE.parent / "evaluation" / "results.json"))
    a.add_argument("--show-handwritten", action="store_true")
    args = a.parse_args()

    begin = time.time()
    import torch
    import data
    import evaluate
    import export
    import tokenizer as tok
    import train
    checkpoint = pathlib.Path(args.checkpoint)
    checkpoint.mkdir(parents=True, exist_ok=True)

    path = str(checkpoint / "tokenizer.json")
    kept = args.state and pathlib.Path(args.state) / "tokenizer.json"
    if kept and kept.exists(): shutil.copy(kept, path)
    else:
        per = args.corpus // 48
        with multiprocessing.get_context("spawn").Pool(args.workers) as pool:
            texts = [t for part in pool.imap(data.texts_of, [(9_000 + i, per) for i in range(48)]) for t in part]
        tok.train(texts, path)
        log(f"tokenizer from {sum(map(len, texts)) / 1e6:.0f} M characters, {time.time() - begin:.0f} s")
        del texts
        if kept: kept.parent.mkdir(parents=True, exist_ok=True); shutil.copy(path, kept)

    world = args.gpus or torch.cuda.device_count()
    settings = (args.rows, args.workers // world, args.optimizer == "muon", args.lr, args.quantise_from, args.seed, args.state)
    others = [multiprocessing.get_context("spawn").Process(target=train.train, args=(path, args.seconds, rank, world, *settings)) for rank in range(1, world)]
    for p in others: p.start()
    try: model, facts = train.train(path, args.seconds, 0, world, *settings)
    finally:
        for p in others: p.join(20); p.kill()
    export.write(model, path, checkpoint)
    size = sum(f.stat().st_size for f in checkpoint.iterdir() if f.is_file() and f.suffix in (".json", ".safetensors"))
    tokenizer = tok.PocketTokenizer(path)
    log(f"exported, {size / 1e6:.2f} MB, at {time.time() - begin:.0f} s")

    exported = export.read(checkpoint)
    writing = multiprocessing.get_context("spawn").Process(target=write_vectors, args=(args.vectors, path, checkpoint))
    if args.vectors: writing.start()
    report = evaluate.evaluate({"BF16": model, "NVFP4": exported}, tokenizer, args.cases, HERE.parent / "evaluation" / "handwritten.json", log=log, show_handwritten=args.show_handwritten)
    result = {"training": facts, "checkpoint_bytes": size, "evaluation": report}
    pathlib.Path(args.results).write_text(json.dumps(result, indent=1) + "\n")
    if args.vectors:
        writing.join()
        if writing.exitcode: sys.exit("the vectors could not be written")
    log(f"all done in {time.time() - begin:.0f} s")


if __name__ == "__main__": main()
