"""How many files know what one should: ``python -m benchmarks.house_counts`` prints the counts."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from benchmarks.tools import ROOT
from hwgen.families.devices import FAMILIES, PARTS

__all__ = ["COUNTS", "files_that_know_a_family"]

SOURCES = ("hwgen", "sim", "benchmarks")

PRIMITIVES = (
    "SB_", "ICESTORM", "UltraPlus", "icepack", "icepll", "TRELLIS", "ecppack", "ecppll", "LFE5U",
    "DP16KD", "CCU2C", "EHXPLL", "MULT18X18D", "PFUMX", "L6MUX",
)  # fmt: skip
"""Cells, tools and series of the families, or what their names begin with."""

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


COUNTS: dict[str, Count] = {"files that know a family": files_that_know_a_family}


def _sources(root: Path) -> Iterator[Path]:
    """Python files of the sources, in order."""
    for folder in SOURCES:
        yield from sorted((root / folder).rglob("*.py"))


def main() -> None:
    """Print each count with its files."""
    for what, count in COUNTS.items():
        files = [path.relative_to(ROOT).as_posix() for path in count(ROOT)]
        print(f"{what}: {len(files)}: {', '.join(files)}")


if __name__ == "__main__":
    main()
