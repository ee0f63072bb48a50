"""Ways to share weights that come from outside: ``python -m benchmarks.shared_weights``.

A convolution on a small map gets its weights with each frame. A word of them may stay for one pixel
after another (``rows``), or serve a row of pixels at once (``m``), or come again for each pixel.
Prints logic cells and block RAMs of the whole design as packed, its clock as placed, cycles a
frame, and how often a frame each weight comes in.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import typer

from hwgen.console import errors_to_exit, out, steps
from hwgen.families.devices import FAMILIES
from hwgen.jobs.build import build
from hwgen.jobs.synthesise import synthesise
from hwgen.model import Builder, Model
from hwgen.synth.outcome import best_hz

SIZES = (4, 7)
"""Rows and columns of the map."""

CHANNELS, FILTERS = 64, 32
app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


def network(size: int) -> Model:
    """Bits made of pixels, then the convolution."""
    rng = np.random.default_rng(1)
    return (
        Builder("shared", height=size, width=size, channels=4)
        .conv2d(rng.choice([-1, 1], (CHANNELS, 1, 1, 4)), name="first")
        .sign(name="bits")
        .conv2d(
            rng.choice([-1, 1], (FILTERS, 3, 3, CHANNELS)),
            name="conv", padding="same", pad_value=-1,
        )
        .batch_norm(
            gamma=rng.uniform(0.5, 1, FILTERS), beta=rng.normal(size=FILTERS),
            mean=rng.normal(size=FILTERS) * 8, variance=rng.uniform(0.5, 2, FILTERS), name="norm",
        )
        .sign(name="signs")
        .build()
    )  # fmt: skip


def ways(size: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Entries of a folding file, by what they do."""
    one = {"storage": "external", "taps": [1, 1]}
    yield "words stay, 1 x 32 lanes", one | {"pe": 1, "simd": 32, "rows": size}
    yield "words stay, 2 x 32 lanes", one | {"pe": 2, "simd": 32, "rows": size}
    yield "words stay for a row", one | {"pe": 1, "simd": 32, "rows": 1}
    yield f"{size} pixels at once, 1 x 8 lanes", one | {"pe": 1, "simd": 8, "m": [1, size]}
    yield "words come again, 1 x 32 lanes", one | {"pe": 1, "simd": 32, "rows": 0}


@app.command()
def run() -> None:
    """Build, synthesise and place each; print it as a row of Markdown."""
    out.print("| device | map | way | cells | block RAMs | MHz | cycles | reads of a weight |")
    out.print("|---|---|---|---|---|---|---|---|")
    with steps() as step, tempfile.TemporaryDirectory(prefix="hwgen-bench-") as name:
        for family in FAMILIES.values():
            device = family.calibrated_on
            for size in SIZES:
                for what, entry in ways(size):
                    folder = Path(name) / f"{device}-{size}-{len(what)}-{entry['pe']}"
                    step(f"{what} on {device}, {size}x{size}")
                    made = build(
                        network(size), folder, device=device, clock_mhz=family.pipelines[0][0],
                        folding={"conv": entry, "first": {"pe": 32, "simd": 4}},
                    )  # fmt: skip
                    outcome = synthesise(folder, progress=step).outcome
                    reads = next(x.weight_reads for x in made.design.plan.layers if x.weight_reads)
                    mhz = (best_hz(outcome.placed) or 0) / 1e6
                    cycles = made.manifest["interval_cycles"]
                    cells = outcome.cells
                    row = (device, f"{size}x{size}", what, cells.logic_cells, cells.ebr,
                           f"{mhz:.1f}", f"{cycles:,}", reads)  # fmt: skip
                    out.print(f"| {' | '.join(map(str, row))} |")


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
