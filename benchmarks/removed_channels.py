"""Channels that trained networks can do without, and what leaving planted ones out saves.

``python -m benchmarks.removed_channels`` looks at face, at CNV and LFC of BNN-PYNQ, and at the
networks of ``talk_cifar10`` under ``../shared/data/models``: as they are, and with an eighth of the
channels of each layer made constant, so that there is something to leave out. It compares scores
on test pictures, and the designs where planning takes seconds; results go to
``benchmarks/removed_channels.json``, network by network, and tables of all of them are printed.
"""

import io
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from benchmarks.parts import LARGE
from benchmarks.tools import ROOT, Step
from hwgen.compress.axes import reads_all
from hwgen.compress.choose import fine
from hwgen.compress.exact import remove_channels
from hwgen.console import errors_to_exit, out, steps
from hwgen.design import Design
from hwgen.estimates.estimate import estimate_plan
from hwgen.jobs.kept_design import kept_design
from hwgen.jobs.lean_design import lean_design
from hwgen.model import BatchNorm, Layer, Model, MultiThreshold, load_model
from hwgen.model.importers import import_model
from sim import golden

RESULTS = ROOT / "benchmarks" / "removed_channels.json"
SHARED = ROOT.parent / "shared" / "data"
SMALL, SLOWEST, FASTEST = ("face", "cnv", "width"), ("F-6",), ("lfc", "width-4")
"""How names of networks begin that are compared on more pictures, on fewer, and on all."""

PLANNED = {"face": 240_000, "width-4": 240_000}
"""Cycles a frame of the designs for a device, of the networks that are planned."""

PICTURES, FEW, FEWEST = 300, 10, 2
BATCH = 100
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Row:
    """A network: what was found in it as it is, and of the one with planted channels.

    ``designs`` has cycles a frame, logic cells (lanes without a device) and weight bits of the
    planted one with all channels, and without those that change nothing.
    """

    network: str
    channels: int
    found: int
    weight_bits: int
    seconds: float
    pictures: int
    planted: int
    removed: int
    planted_bits: int
    left_bits: int
    scores_differ: int
    designs: dict[str, dict[str, list[int | None]]]


@app.command()
def run(
    names: Annotated[list[str] | None, typer.Argument(help="Default: all.")] = None,
    show: Annotated[bool, typer.Option("--show", help="Only print what was measured.")] = False,
) -> None:
    """Look at networks, and write down what is found."""
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
    if not show:
        with steps() as step:
            for name, path in _networks():
                if names and name not in names:
                    continue
                kept[name] = asdict(_row(name, path, step))
                RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    for line in _tables([Row(**row) for row in kept.values()]):
        out.print(line, markup=False, soft_wrap=True)


def _networks() -> Iterator[tuple[str, Path]]:
    yield "face", ROOT / "models" / "face.json"
    yield "lfc (BNN-PYNQ)", SHARED / "models" / "bnnpynq_lfcW1A1_mnist.npz"
    yield "cnv (BNN-PYNQ)", SHARED / "models" / "bnnpynq_cnvW1A1_cifar10.npz"
    files = (SHARED / "models" / "talk_cifar10").glob("*.json")
    for path in sorted((p for p in files if p.stem != "results"), key=lambda p: p.stat().st_size):
        yield path.stem, path


def _row(name: str, path: Path, step: Step) -> Row:
    step(f"looking at {name}")
    model = load_model(path) if path.suffix == ".json" else import_model(path)[0]
    start = time.process_time()
    same, report = remove_channels(model, fine)
    seconds = time.process_time() - start
    assert report.changed or same is model
    count = PICTURES if name.startswith(SMALL) else FEWEST if name.startswith(SLOWEST) else FEW
    images = _pictures(model)
    images = images if name.startswith(FASTEST) else images[:count]
    planted, number = _planted(model)
    made, removed = remove_channels(planted, fine)
    gone = sum(x.channels - x.left for x in removed.layers)
    step(f"comparing {name}")
    return Row(
        name, sum(len(x.weights) for x in model.layers if reads_all(x)),  # pyright: ignore
        sum(x.channels - x.left + x.staying for x in report.layers),
        report.weight_bits, round(seconds, 2), len(images), number, gone,
        removed.weight_bits, removed.weight_bits_left, _differing(planted, made, images),
        _designs(planted, PLANNED[name], step) if name in PLANNED else {},
    )  # fmt: skip


def _pictures(model: Model) -> NDArray[np.uint8]:
    """Test pictures of MNIST or CIFAR-10, by the size that a network reads."""
    if model.input.channels == 1:
        with np.load(SHARED / "images" / "mnist_full.npz") as archive:
            flat = archive["test_x"]
        return flat.reshape(-1, model.input.height, model.input.width, 1)
    with np.load(SHARED / "images" / "cifar10_jpeg.npz") as archive:
        blob, offset, test = archive["jpeg"], archive["offset"], archive["is_test"]
    places = np.flatnonzero(test).tolist()
    return np.stack([_decoded(blob[offset[k] : offset[k + 1]].tobytes()) for k in places])


def _decoded(data: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data)) as picture:
        return np.array(picture.convert("RGB"), np.uint8)


def _planted(model: Model) -> tuple[Model, int]:
    """Network of which the last eighth of each layer's channels is -1, or the least, always."""
    layers: list[Layer] = []
    number = 0
    for layer in model.layers:
        if isinstance(layer, BatchNorm):
            some = slice(len(layer.gamma) - len(layer.gamma) // 8, None)
            gamma, beta = layer.gamma.copy(), layer.beta.copy()
            gamma[some], beta[some] = 0 * gamma[some], 0 * beta[some] - 1
            layer = replace(layer, gamma=gamma, beta=beta)
            number += len(gamma) // 8
        elif isinstance(layer, MultiThreshold) and layer.by_channel:
            rows = layer.thresholds.copy()
            rows[len(rows) - len(rows) // 8 :] = 1e12
            layer = replace(layer, thresholds=rows)
            number += len(rows) // 8
        layers.append(layer)
    return replace(model, layers=tuple(layers)), number


def _differing(model: Model, made: Model, images: NDArray[np.uint8]) -> int:
    """Pictures on which scores, or what they stand for, differ."""
    found = 0
    for first in range(0, len(images), BATCH):
        some = images[first : first + BATCH]
        was, now = (golden.run(x, some, keep=False) for x in (model, made))
        if (was.score_scale, was.score_offset) != (now.score_scale, now.score_offset):
            return len(images)
        axes = tuple(range(1, was.scores.ndim))
        found += int((was.scores != now.scores).any(axis=axes).sum())
    return found


def _designs(model: Model, rate: int, step: Step) -> dict[str, dict[str, list[int | None]]]:
    found = {}
    for device, cycles in {"generic": None, LARGE: rate}.items():

        def plan(
            model: Model, least: int | None, device: str = device, asked: int | None = cycles
        ) -> Design:
            return kept_design(model, device=device, cycles=least or asked)

        both = [
            plan(model, None),
            lean_design(model, plan, rated=cycles is not None, progress=step),
        ]
        found[device] = {
            "cycles": [x.plan.bottleneck_cycles for x in both],
            "cells": [_cells(x) for x in both],
            "ebr": [estimate_plan(x.network, x.plan).ebr for x in both],
        }
    return found


def _cells(design: Design) -> int | None:
    """Logic cells; without a device lanes."""
    cells = estimate_plan(design.network, design.plan).logic_cells
    lanes = sum(layer.pe * layer.simd * layer.m for layer in design.plan.layers)
    return lanes if cells is None else cells


def _tables(rows: list[Row]) -> Iterator[str]:
    yield "| Network | Channels | Found | Weight bits | Seconds |"
    yield "|---|---|---|---|---|"
    for r in rows:
        bits, seconds = f"{r.weight_bits:,}", f"{r.seconds:.2f}"
        yield f"| {r.network} | {r.channels:,} | {r.found:,} | {bits} | {seconds} |"
    yield ""
    yield "| Network | Planted | Left out | Bits before | after | Pictures | Scores differ |"
    yield "|---|---|---|---|---|---|---|"
    for r in rows:
        yield (
            f"| {r.network} | {r.planted:,} | {r.removed:,} | {r.planted_bits:,} "
            f"| {r.left_bits:,} | {r.pictures:,} | {r.scores_differ if r.pictures else ''} |"
        )
    yield ""
    yield "| Network | Device | Cycles before | after | Cells before | after | EBR before | after |"
    yield "|---|---|---|---|---|---|---|---|"
    for r in rows:
        for device, figures in r.designs.items():
            cells = [
                "" if x is None else f"{x:,}"
                for key in ("cycles", "cells", "ebr")
                for x in figures[key]
            ]
            yield f"| {r.network} | {device} | {' | '.join(cells)} |"


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
