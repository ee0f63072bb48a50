"""Processor seconds and peak memory of what takes longest: builds of large networks, plans, runs.

``python -m benchmarks.large_builds`` prints a table of before and after; with names, as in
``vgg8 gender``, it builds those networks of the zoo, for a part with ``--device``.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.networks import random_cnv
from benchmarks.tools import ROOT
from hwgen.model import Model, load_model, save_model
from models.zoo import make_network
from sim.images import random_images

CASES = ROOT.parent / "shared" / "data" / "cases"
BEFORE_COMMIT = "394e947"
RUNS = 5
"""Of which the one with the fewest seconds counts: other work on the machine only adds some."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Row:
    """A command that is measured: its bar, and what it took before, in seconds and megabytes.

    0 megabytes were not measured.
    """

    what: str
    network: str
    command: tuple[str, ...]
    bar: float | None
    before: tuple[float, float]
    again: bool = False
    """Whether what it keeps has been found before."""


BUILD = ("hwgen", "build", "MODEL", "-o", "FOLDER")
RUN = ("sim", "run", "MODEL", "--images", "IMAGES")
PLAN = ("hwgen", "quantise", "MODEL", "--device", "ecp5-85", "--plan")
ROWS = (
    Row("build", "cnv", BUILD, 8, (4.0, 184)),
    Row("build", "gender", BUILD, 60, (9.1, 446)),
    Row("build", "vgg8", BUILD, 60, (9.5, 558)),
    Row("build", "uyolo", BUILD, None, (10.0, 518)),
    Row("build", "slow_sizing_branches", BUILD, 5, (4.7, 146)),
    Row("build", "B-12-m2-k2-r-fl", BUILD, 20, (16.6, 1062)),
    Row("build", "B-30-m2-k2-r-fl", BUILD, 60, (54.2, 4126)),
    Row("build for ecp5-85", "vgg8", (*BUILD, "--device", "ecp5-85"), None, (11.6, 356)),
    Row("quantise --plan", "face-cnn8", PLAN, 10, (199.0, 0)),
    Row("sim run, second time", "cnv", RUN, 2, (2.1, 175), again=True),
)


@app.command()
def measure(
    names: Annotated[list[str] | None, typer.Argument(help="Networks of the zoo.")] = None,
    device: Annotated[str, typer.Option(help="Part to build for.")] = "generic",
) -> None:
    """Run each command five times, in processes of their own, with nothing kept of earlier ones.

    The fewest seconds are given, and the most memory.
    """
    rows: Sequence[Row] = ROWS
    if names:
        command = (*BUILD, "--device", device)
        rows = [Row("build", name, command, None, (0, 0)) for name in names]
    with tempfile.TemporaryDirectory() as work:
        # What is compiled once for each version of it is no part of a build, Python's modules among
        # it, whatever the environment says of them.
        os.environ["XDG_CACHE_HOME"] = os.environ["PYTHONPYCACHEPREFIX"] = work
        os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
        _run(["hwgen", "build", str(ROOT / "models" / "tiny.json"), "-o", f"{work}/tiny"])
        print(f"| what | network | s at {BEFORE_COMMIT} | s | bar | MB at {BEFORE_COMMIT} | MB |")
        print("|---|---|---|---|---|---|---|")
        for row in rows:
            for cells in _measured(row, Path(work)):
                print(f"| {' | '.join(cells)} |", flush=True)


def _measured(row: Row, work: Path) -> Iterator[tuple[str, ...]]:
    """The row of the table; none where its file is not there."""
    if row.network == "slow_sizing_branches" and not CASES.exists():
        return
    model, images = work / "model.json", work / "images.npy"
    description = _network(row.network)
    save_model(description, model)
    np.save(images, random_images(description, 1, 1))
    places = {"MODEL": model, "IMAGES": images, "FOLDER": work / "build"}
    command = [str(places.get(word, word)) for word in row.command]
    if row.again:
        _run(command)
    runs = []
    for _ in range(RUNS):
        if not row.again:
            shutil.rmtree(work / "hwgen" / "results", ignore_errors=True)
        runs.append(_run(command))
    codes, seconds, peaks = zip(*runs, strict=True)
    taken = f"{min(seconds):.1f}"
    if any(codes):
        taken += f" (exit code {max(codes)})"
    bar = "" if row.bar is None else f"<= {row.bar:g}"
    known = [f"{figure:,.1f}" if figure else "" for figure in row.before]
    yield (
        row.what, row.network, known[0], taken, bar, known[1].removesuffix(".0"),
        f"{max(peaks):,.0f}",
    )  # fmt: skip


def _network(name: str) -> Model:
    if name == "cnv":
        return random_cnv()
    if name == "slow_sizing_branches":
        return load_model(CASES / f"{name}.json")
    return make_network(name)


def _run(arguments: Sequence[str]) -> tuple[int, float, float]:
    """Exit code, processor seconds and peak megabytes of ``python -m ARGUMENTS``."""
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(
        [sys.executable, "-m", *arguments], cwd=ROOT, stdout=quiet, stderr=quiet
    )
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


if __name__ == "__main__":
    app()
