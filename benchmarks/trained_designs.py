"""Trained networks of the talk as hardware: ``python -m benchmarks.trained_designs``.

Builds them, verifies each transfer of test pictures of CIFAR-10, and counts how many of these the
network takes for what they show. ``trained_designs.json`` keeps what was found, a row a network;
networks and pictures are read from ``../shared/data``.
"""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from PIL import Image

from benchmarks.parts import LARGE
from benchmarks.tools import ROOT, Step
from hwgen.console import errors_to_exit, out, steps
from hwgen.errors import ModelError
from hwgen.jobs.build import build
from hwgen.jobs.evaluate import evaluate
from hwgen.jobs.verify import verify

__all__ = ["PLANNED", "RESULTS", "markdown"]

RESULTS = Path(__file__).with_suffix(".json")

DATA = ROOT.parent / "shared" / "data"


@dataclass(frozen=True)
class Planned:
    """A network, what it is built for, and how many of the test pictures run through it."""

    network: str
    device: str
    cycles: int
    frames: int


PLANNED = (
    Planned("width-4", LARGE, 16_000, 100),
    Planned("cnv", LARGE, 14_400, 100),
    Planned("width-8", LARGE, 50_000, 2),
    Planned("B-6-m1-k1", LARGE, 20_000, 2),
    Planned("B-12-m2-k2-r-fl", "generic", 80_000, 2),
)

HEADER = (
    "| Network | Built for | Cycles a frame | Pictures | Streams | Transfers "
    "| Different | Classes right |\n"
    "|---|---|---|---|---|---|---|---|"
)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    names: Annotated[
        list[str] | None, typer.Argument(help="Networks to measure anew; default: all.")
    ] = None,
    table: Annotated[bool, typer.Option("--table", help="Only print what was measured.")] = False,
) -> None:
    """Verify trained networks on test pictures, and print what was found."""
    known = {planned.network for planned in PLANNED}
    if unknown := [name for name in names or [] if name not in known]:
        raise ModelError(f"{unknown[0]} is not one of {', '.join(known)}")
    kept: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else {}
    with steps() as step:
        for planned in PLANNED if not table else ():
            if not names or planned.network in names:
                kept[planned.network] = _measure(planned, step)
                RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    out.print(markdown(kept), soft_wrap=True, markup=False, highlight=False)


def markdown(kept: dict[str, Any]) -> str:
    """Table of what was found, in the order of `PLANNED`."""
    lines = [HEADER]
    for planned in PLANNED:
        if (row := kept.get(planned.network)) is not None:
            lines.append(
                f"| {planned.network} | {row['device']} | {row['cycles']:,} | {row['frames']} "
                f"| {row['streams']} | {row['transfers']:,} | {row['mismatches']} "
                f"| {row['correct']} of {row['frames']} |"
            )
    return "\n".join(lines)


def _measure(planned: Planned, step: Step) -> dict[str, Any]:
    model = DATA / "models" / "talk_cifar10" / f"{planned.network}.json"
    pictures, labels = _test_pictures(planned.frames)

    def tell(text: str) -> None:
        step(f"{planned.network}: {text}")

    with tempfile.TemporaryDirectory() as work:
        built = build(
            model, Path(work) / "build", device=planned.device, cycles=planned.cycles, progress=tell
        )
        proof = verify(built.folder, pictures, frames=planned.frames, progress=tell)
        known = evaluate(built.folder, pictures, labels)
    return {
        "device": planned.device,
        "cycles": built.manifest["interval_cycles"],
        "frames": planned.frames,
        "streams": proof.all_streams,
        "transfers": proof.verdict.transfers_checked,
        "mismatches": proof.verdict.mismatches,
        "correct": known.correct,
        "seconds": round(proof.seconds),
    }


def _test_pictures(count: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """The first lossless test pictures (count, 32, 32, 3), and what they show."""
    images = DATA / "images"
    with Image.open(images / "cifar10_test1000.png") as picture:
        pictures = np.array(picture, np.uint8).reshape(-1, 32, 32, 3)[:count]
    with np.load(images / "cifar10_test1000_labels_scores.npz") as found:
        return pictures, found["y"][:count].astype(np.int64)


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
