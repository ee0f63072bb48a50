"""Places and routes designs of a sweep, with several seeds."""

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from hwgen.errors import HwgenError, one_line
from hwgen.explore.points import Network, Point
from hwgen.explore.row import Row
from hwgen.explore.store import Store
from hwgen.jobs.build import build
from hwgen.jobs.synthesise import synthesise

__all__ = ["place"]


def place(
    store: Store,
    networks: dict[str, Network],
    points: Mapping[str, Point],
    rows: Sequence[Row],
    seeds: Sequence[int],
    progress: Callable[[str], object],
) -> list[Row]:
    """Rows with the clocks that placements reached; each is in the store when it is known.

    Seeds that the store has are not placed again. ``points`` are those of the rows, by key.

    Raises
    ------
    ToolError
        If a tool is missing or fails; names its log.
    """
    found = []
    for number, row in enumerate(rows, 1):
        what = f"design {number} of {len(rows)}, {row.network} for {row.device}"
        missing = [seed for seed in seeds if seed not in store.placed_seeds(row.key)]
        cells = row.placed_cells
        if missing:
            point = points[row.key]
            with tempfile.TemporaryDirectory() as work:
                cells = _place(store, networks[row.digest], point, missing, Path(work),
                               lambda text, what=what: progress(f"{what}: {text}"))  # fmt: skip
        clocks = store.clocks(row.key)
        row = replace(row, fmax_mhz=max(clocks, default=None), placed_cells=cells)
        store.add(row)
        found.append(row)
    return found


def _place(
    store: Store,
    network: Network,
    point: Point,
    seeds: Sequence[int],
    work: Path,
    progress: Callable[[str], object],
) -> int | None:
    """Place a point's design, once for each seed; returns its logic cells where it was packed."""
    try:
        built = build(
            network.in_precision(point.bits, point.wide_bits),
            work / "build",
            device=point.device,
            fps=point.fps,
            folding=None if point.folding is None else point.folding.contents,
            storage=point.wanted.storage,
            products=point.wanted.products,
            clock_mhz=point.clock_mhz,
            progress=progress,
        )
    except HwgenError as error:
        for seed in seeds:
            store.add_placement(point.key, seed, None, one_line(str(error)))
        return None
    outcome = synthesise(built.folder, seeds=seeds, progress=progress).outcome
    reached = {placed.seed: placed.fmax_hz for placed in outcome.placed}
    for seed in seeds:
        hz = reached.get(seed)
        store.add_placement(point.key, seed, None if hz is None else hz / 1e6, outcome.problem)
    return outcome.cells.logic_cells
