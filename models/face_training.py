"""Training of the face / non-face network: processes, schedule, judgement and export."""

import json
import math
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.distributed as dist
import torch.multiprocessing as mp
import torch.nn.functional as F  # noqa: N812 - the name every PyTorch program uses
from torch import Tensor

from hwgen.files import replacing, write_whole
from models.face_augment import augment
from models.face_data import (
    HELD_OUT,
    TRAIN,
    VALIDATION,
    Batcher,
    Source,
    load_sources,
    split_pictures,
)
from models.face_description import write_description
from models.face_metrics import area_under_curve, margins, measure, outside_pictures, search
from models.face_net import FaceNet, estimate_statistics, export_arrays

BATCH = 128
STEPS = 256  # of an epoch
EPOCH_PICTURES = STEPS * BATCH
FIRST_RATE, LAST_RATE = 4e-3, 2e-5
WARM_UP_STEPS = 100


@dataclass(frozen=True)
class Options:
    """What a training is asked for.

    ``data`` has the pictures; checkpoints and results lie in ``work``. The training is ``epochs``
    of `EPOCH_PICTURES`, by ``workers`` equal processes of a core each. ``resume`` goes on from the
    last epoch, ``export_only`` trains nothing. ``test`` measures the held-out pictures too.
    """

    data: Path
    work: Path
    epochs: int
    seed: int
    workers: int
    resume: bool
    export_only: bool
    test: bool
    description: Path | None
    """Where the model description goes, if anywhere."""


def train_face(options: Options) -> None:
    """Train, then export the epoch that was best on validation.

    Raises
    ------
    KeyboardInterrupt
        When it is stopped; ``resume`` goes on from the last whole epoch.
    """
    options.work.mkdir(parents=True, exist_ok=True)
    print("reading pictures", flush=True)
    sources = load_sources(options.data, options.seed)
    if not options.export_only:
        meeting = options.work / f"meeting.{os.getpid()}"
        try:
            mp.spawn(  # pyright: ignore[reportPrivateImportUsage]
                _train, (options, sources, str(meeting.resolve())), nprocs=options.workers
            )
        finally:
            meeting.unlink(missing_ok=True)
    _finish(options, sources)


def _train(rank: int, options: Options, sources: dict[str, Source], meeting: str) -> None:
    """One of several equal processes: each takes a part of every batch."""
    torch.set_num_threads(1)  # two processes with a core each beat one process with two
    dist.init_process_group("gloo", f"file://{meeting}", rank=rank, world_size=options.workers)
    torch.manual_seed(options.seed)
    net = FaceNet()
    adam = torch.optim.Adam(net.parameters(), FIRST_RATE)
    share = BATCH // options.workers
    first, best, seconds = 0, 0.0, 0.0
    last_path, best_path = options.work / "last.pt", options.work / "best.pt"
    if options.resume:
        state = torch.load(last_path)
        net.load_state_dict(state["net"])
        adam.load_state_dict(state["adam"])
        first, best, seconds = state["epoch"] + 1, state["best"], state["seconds"]
    # A resumed run draws other batches than an unbroken one.
    batcher = Batcher(sources, TRAIN, augment, share, options.seed + 1000 * first + rank)
    judge = _Judge(sources, options.seed) if rank == 0 else None
    for epoch in range(first, options.epochs):
        started = time.time()
        mean_loss = _train_epoch(net, adam, batcher, epoch, options.epochs)
        if judge is not None:
            plain, augmented, line = judge(net)
            better = (plain + augmented) / 2 > best
            best = max(best, (plain + augmented) / 2)
            seconds += time.time() - started
            state = {"net": net.state_dict(), "adam": adam.state_dict(), "epoch": epoch}
            state |= {"best": best, "seconds": seconds}
            _save(state, last_path)
            if better:
                _save(state, best_path)
            print(
                f"epoch {epoch + 1}/{options.epochs} loss {mean_loss:.4f} {line}"
                f" {time.time() - started:.0f} s",
                flush=True,
            )
    dist.destroy_process_group()


def _train_epoch(
    net: FaceNet, adam: torch.optim.Adam, batcher: Batcher, epoch: int, epochs: int
) -> float:
    net.train()
    total = 0.0
    for step in range(STEPS):
        done = epoch * STEPS + step
        wave = (1 + math.cos(math.pi * done / (epochs * STEPS))) / 2
        rate = LAST_RATE + (FIRST_RATE - LAST_RATE) * wave
        for group in adam.param_groups:
            group["lr"] = rate * min(1.0, (done + 1) / WARM_UP_STEPS)
        x, label = batcher.draw()
        losses = F.cross_entropy(
            net(x.contiguous(memory_format=torch.channels_last)), label, reduction="none"
        )
        adam.zero_grad()
        losses.mean().backward()
        _average([p.grad for p in net.parameters() if p.grad is not None])
        adam.step()
        net.clip_weights()
        batcher.feedback(losses.detach())
        total += losses.mean().item()
    return total / STEPS


def _average(gradients: list[Tensor]) -> None:
    """Replace gradients by their means over the processes."""
    flat = torch.cat([g.flatten() for g in gradients])
    dist.all_reduce(flat)
    flat /= dist.get_world_size()
    sizes = [g.numel() for g in gradients]
    for gradient, part in zip(gradients, flat.split(sizes), strict=True):
        gradient.copy_(part.view_as(gradient))


class _Judge:
    """Validation after each epoch, on plain pictures and on augmented ones."""

    def __init__(self, sources: dict[str, Source], seed: int) -> None:
        plain = split_pictures(sources, VALIDATION, limit=500, seed=seed)
        self.plain = torch.cat(list(plain.values())).float() / 128 - 1
        self.is_face = torch.cat(
            [torch.full((len(part),), sources[name].face) for name, part in plain.items()]
        )
        batcher = Batcher(sources, VALIDATION, augment, 500, seed)
        drawn = [batcher.draw() for _ in range(5)]
        self.augmented = torch.cat([x for x, _ in drawn])
        self.label = torch.cat([label for _, label in drawn]).bool()

    @torch.no_grad()
    def __call__(self, net: FaceNet) -> tuple[float, float, str]:
        net.eval()

        def area(pictures: Tensor, face: Tensor) -> float:
            parts = [net(x) for x in pictures.split(256)]
            margin = torch.cat([part[:, 1] - part[:, 0] for part in parts])
            return area_under_curve(margin[face].numpy(), margin[~face].numpy())

        plain, augmented = area(self.plain, self.is_face), area(self.augmented, self.label)
        return plain, augmented, f"validation AUC {plain:.5f}, augmented {augmented:.5f}"


def _save(state: dict[str, Any], path: Path) -> None:
    with replacing(path) as partial:
        torch.save(state, partial)


def _finish(options: Options, sources: dict[str, Source]) -> None:
    """Settle the batch statistics, export, measure."""
    state = torch.load(options.work / "best.pt")
    last = torch.load(options.work / "last.pt")
    net = FaceNet()
    net.load_state_dict(state["net"])
    batcher = Batcher(sources, TRAIN, augment, 1000, options.seed)
    estimate_statistics(net, [batcher.draw()[0] for _ in range(24)])
    arrays = export_arrays(net)
    metrics: dict[str, Any] = {
        "seed": options.seed,
        "epochs": last["epoch"] + 1,
        "best_epoch": state["epoch"] + 1,
        "pictures_per_epoch": EPOCH_PICTURES,
        "split_sizes": {
            name: np.bincount(source.split, minlength=3).tolist()
            for name, source in sources.items()
        },
        "validation": measure(arrays, split_pictures(sources, VALIDATION)),
        "astronaut": _search_astronaut(arrays),
        "torch": torch.__version__,
        "training_seconds": round(last["seconds"]),
    }
    if options.test:
        metrics["held_out"] = measure(arrays, split_pictures(sources, HELD_OUT))
        faces, others = (margins(arrays, part) for part in outside_pictures())
        metrics["lfw_subset"] = {
            "auc": area_under_curve(faces, others),
            "accuracy": float(((faces > 0).sum() + (others <= 0).sum()) / 200),
        }
    with replacing(options.work / "face.npz") as partial:
        np.savez(partial, **arrays)  # pyright: ignore[reportArgumentType]
    write_whole(options.work / "metrics.json", (json.dumps(metrics, indent=2) + "\n").encode())
    print(json.dumps(metrics, indent=2))
    if options.description is not None:
        write_description(arrays, metrics, options.description)


def _search_astronaut(arrays: Mapping[str, np.ndarray]) -> list[dict[str, float]]:
    """The best windows in scikit-image's astronaut; her face is at about (220, 110)."""
    from skimage.data import astronaut  # import here because only the export needs it

    found = search(arrays, astronaut())
    keys = ("margin", "x", "y", "side")
    return [dict(zip(keys, map(float, row), strict=True)) for row in found[:12]]
