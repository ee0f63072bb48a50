"""A sweep: points computed that a store does not have, fronts found, and designs placed."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hwgen.design import DEFAULT_CLOCK_MHZ, read_object
from hwgen.errors import ModelError
from hwgen.explore.folding_file import FoldingFile
from hwgen.explore.fronts import front
from hwgen.explore.optimise import optimise
from hwgen.explore.place import place
from hwgen.explore.points import AS_DESCRIBED, AUTO, Network, Point, grid
from hwgen.explore.row import Row
from hwgen.explore.run import run_here, run_on_cluster
from hwgen.explore.store import Store
from hwgen.families.devices import PARTS
from hwgen.jobs.evaluate import evaluate
from hwgen.model import Model, load_model

__all__ = ["Exploration", "explore"]


@dataclass(frozen=True, eq=False)
class Exploration:
    """What a sweep found.

    Parameters
    ----------
    rows : tuple of Row
        Of the points that were asked for, in the order of the store.
    front : tuple of Row
        Those whose design no other one of the same network and device is better than.
    computed : int
        Points that were not in the store before.
    """

    rows: tuple[Row, ...]
    front: tuple[Row, ...]
    computed: int


def explore(
    models: Sequence[Model | Path | str],
    store: Path | str,
    *,
    devices: Sequence[str] = (),
    fps: Sequence[float | None] | None = None,
    foldings: Sequence[Path | str | Mapping[str, Any]] = (),
    clocks_mhz: Sequence[float] = (DEFAULT_CLOCK_MHZ,),
    bits: Sequence[str] = (AS_DESCRIBED,),
    wide_bits: int = 16,
    storages: Sequence[str] = (AUTO,),
    products: Sequence[str] = (AUTO,),
    images: Any = None,
    labels: Any = None,
    jobs: int = 1,
    scheduler: str | None = None,
    trials: int | None = None,
    seeds: Sequence[int] = (),
    progress: Callable[[str], object] = lambda step: None,
    show: Callable[[Row], object] = lambda row: None,
) -> Exploration:
    """Compute what designs come to on devices, at rates, in precisions, as ``hwgen explore`` does.

    Each row is in the store as soon as it is known; points that it has are not computed again.

    Parameters
    ----------
    models : sequence of Model or path
    store : path
        A SQLite file; made where there is none.
    devices : sequence of str
        Parts, by default all.
    fps : sequence of float or None, optional
        Least frames a second; None for the fastest folding that fits. By default that one, or no
        rate where there are foldings.
    foldings : sequence of path or mapping
        Folding files, or their contents: each is a point for each device, clock and precision.
    clocks_mhz : sequence of float
    bits : sequence of str
        "-" for the description's precision, or a letter a layer with weights: B for 1 bit, C for
        ``wide_bits``.
    storages, products : sequence of str
        Where the weights of all layers lie, "constant", "memory", "spram" or "external", and what
        multiplies in those that have a choice, "logic" or "dsp"; "auto" is what is best for each
        layer. They are combined with the rates; a folding file says it itself.
    images, labels : optional
        As `hwgen.jobs.evaluate.evaluate` takes them, for the accuracy of networks as they are
        described: weights of another precision are drawn, and tell nothing of it.
    jobs : int
        Processes of this machine.
    scheduler : str, optional
        Address of a Dask scheduler, whose workers compute instead.
    trials : int, optional
        Draws so many points with Optuna instead of computing all.
    seeds : sequence of int
        Place and route the designs of the front with each of them.
    progress, show : callable
        Told what begins, and each row that is computed.

    Raises
    ------
    HwgenError
        `ModelError` for what cannot be asked for, `ToolError` where a tool, a process or the
        cluster fails; what was computed by then is in the store.
    """
    if jobs < 1:
        raise ModelError(f"--jobs must be 1 or more, not {jobs}")
    networks = [Network(m if isinstance(m, Model) else load_model(m)) for m in models]
    by_digest = {network.digest: network for network in networks}
    rates = fps if fps is not None else () if foldings else (None,)
    points = grid(
        networks,
        list(devices) or list(PARTS),
        rates,
        clocks_mhz,
        bits,
        wide_bits,
        storages,
        products,
        [_folding_file(one) for one in foldings],
    )
    accuracies = {}
    if images is not None:
        for network in networks:
            progress(f"evaluating {network.name}")
            accuracies[network.digest] = evaluate(network.model, images, labels).accuracy
    with Store(Path(store)) as kept:
        known = {row.key: row for row in kept.rows()}
        missing = [point for point in points if point.key not in known]
        total = len(missing) if trials is None else trials
        progress(f"{len(points) - len(missing):,} of {len(points):,} points are known")
        if trials is not None:
            found = optimise(by_digest, points, dict(known), trials)
        elif scheduler is not None:
            found = run_on_cluster(by_digest, missing, scheduler)
        else:
            found = run_here(by_digest, missing, min(jobs, max(1, len(missing))))
        computed = 0
        for row in found:
            kept.add(_judged(row, accuracies))
            computed += 1
            show(row)
            progress(f"{computed:,} of {total:,} points done")
        rows = [_judged(row, accuracies) for row in _asked(kept.rows(), points)]
        best = front(rows)
        if seeds:
            asked = {point.key: point for point in points}
            placed = {r.key: r for r in place(kept, by_digest, asked, best, seeds, progress)}
            rows, best = _with(rows, placed), _with(best, placed)
    return Exploration(tuple(rows), tuple(best), computed)


def _folding_file(one: Path | str | Mapping[str, Any]) -> FoldingFile:
    if isinstance(one, Mapping):
        return FoldingFile.of(one, "folding")
    return FoldingFile.of(read_object(Path(one)), str(one))


def _judged(row: Row, accuracies: Mapping[str, float | None]) -> Row:
    if row.bits != AS_DESCRIBED or row.problem is not None:
        return row
    return replace(row, accuracy=accuracies.get(row.digest, row.accuracy))


def _asked(rows: Sequence[Row], points: Sequence[Point]) -> list[Row]:
    keys = {point.key for point in points}
    return [row for row in rows if row.key in keys]


def _with(rows: Sequence[Row], changed: Mapping[str, Row]) -> list[Row]:
    return [changed.get(row.key, row) for row in rows]
