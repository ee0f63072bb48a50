"""Processor seconds and peak memory of `hwgen build` for large networks of the zoo.

``python -m benchmarks.large_builds vgg8 gender`` prints a row for each; ``--device`` names a part.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.tools import ROOT

NETWORKS = ("vgg8", "uyolo", "gender", "B-12-m2-k2-r-fl", "B-30-m2-k2-r-fl")

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def measure(
    names: Annotated[list[str] | None, typer.Argument(help="Networks of the zoo.")] = None,
    device: Annotated[str, typer.Option(help="Part to build for.")] = "generic",
) -> None:
    """Build each network once, in a process of its own."""
    print("network | processor seconds | elapsed | peak MB | exit code")
    for name in names or NETWORKS:
        with tempfile.TemporaryDirectory() as work:
            model = Path(work) / "model.json"
            _run("models.zoo", name, "-o", model)
            code, cpu, elapsed, peak = _run(
                "hwgen", "build", model, "--device", device, "-o", Path(work) / "build"
            )
        print(f"{name} | {cpu:.1f} | {elapsed:.1f} | {peak:.0f} | {code}", flush=True)


def _run(*arguments: str | Path) -> tuple[int, float, float, float]:
    """Exit code, processor seconds, seconds and peak megabytes of ``python -m ARGUMENTS``."""
    command = [sys.executable, "-m", *map(str, arguments)]
    start = time.perf_counter()
    quiet = subprocess.DEVNULL
    child = subprocess.Popen(command, cwd=ROOT, stdout=quiet, stderr=quiet)
    _, status, used = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    elapsed = time.perf_counter() - start
    return child.returncode, used.ru_utime + used.ru_stime, elapsed, used.ru_maxrss / 1024


if __name__ == "__main__":
    app()
