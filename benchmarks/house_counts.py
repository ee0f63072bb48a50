"""How many files know what one should: ``python -m benchmarks.house_counts`` prints the counts."""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.tools import ROOT
from hwgen.families.devices import FAMILIES, PARTS

__all__ = ["COUNTS", "files_that_know_a_family", "files_that_know_the_build_folder"]

SOURCES = ("hwgen", "sim", "benchmarks")

PRIMITIVES = (
    "SB_", "ICESTORM", "UltraPlus", "icepack", "icepll", "TRELLIS", "ecppack", "ecppll", "LFE5U",
    "DP16KD", "CCU2C", "EHXPLL", "MULT18X18D", "ALU54B", "PFUMX", "L6MUX",
)  # fmt: skip
"""Cells, tools and series of the families, or what their names begin with."""

KIND_COMMIT = "multi_threshold: thresholds of any spacing"
"""What the message of the commit of a whole layer kind begins with."""

Count = Callable[[Path], list[Path]]
"""The files below a root that are counted."""


def files_that_know_a_family(root: Path) -> list[Path]:
    """Files with the name of a family, of a device, or of a cell or tool of one, prose included.

    All but the families' own folder, and this file.
    """
    words = "|".join(map(re.escape, (*FAMILIES, *PARTS, *PRIMITIVES)))
    # A name may have others around it: synth_NAME, yowasp-nextpnr-NAME.
    known = re.compile(rf"(?<![a-z])(?:{words})", re.IGNORECASE)
    own = root / "hwgen" / "families"
    return [
        path
        for path in _sources(root)
        if own not in path.parents
        and path.name != Path(__file__).name
        and known.search(path.read_text(encoding="utf-8"))
    ]


def files_that_know_the_build_folder(root: Path) -> list[Path]:
    """Files with the name of a file of a build, in code.

    All but `hwgen.build_folder`, and those that write such names for people to read.
    """
    name = re.compile(
        r"""["'](?:\w*_weights\.bin|\w*_placed\.json\.gz"""
        r"""|(?:manifest|verify|synth|board)\.json)["']"""
    )
    own = root / "hwgen" / "build_folder.py"
    return [p for p in _sources(root) if p != own and name.search(p.read_text(encoding="utf-8"))]


def files_that_a_layer_kind_touches(root: Path) -> list[Path]:
    """Source files of the commit that brought `multi_threshold`; none without the repository."""
    command = (
        "git",
        "log",
        "--no-merges",
        f"--grep=^{KIND_COMMIT}",
        "-1",
        "--name-only",
        "--format=",
    )
    run = subprocess.run(command, cwd=root, capture_output=True, text=True, check=False)
    sources = tuple(f"{folder}/" for folder in SOURCES)
    named = [root / line for line in run.stdout.splitlines() if line.startswith(sources)]
    return [path for path in named if path.suffix == ".py"]


COUNTS: dict[str, Count] = {
    "files that know a family": files_that_know_a_family,
    "files that know the build folder": files_that_know_the_build_folder,
    "files that a layer kind touches": files_that_a_layer_kind_touches,
}


def _sources(root: Path) -> Iterator[Path]:
    """Python files of the sources, in order."""
    for folder in SOURCES:
        yield from sorted((root / folder).rglob("*.py"))


def main() -> None:
    """Print each count with its files, and what the type checker says."""
    for what, count in COUNTS.items():
        files = [path.relative_to(ROOT).as_posix() for path in count(ROOT)]
        print(f"{what}: {len(files)}: {', '.join(files)}")
    run = subprocess.run(
        [sys.executable, "-m", "pyright"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    print(f"pyright: {run.stdout.splitlines()[-1] if run.stdout else 'is not installed'}")


if __name__ == "__main__":
    main()
