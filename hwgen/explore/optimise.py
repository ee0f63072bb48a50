"""Looks for good designs among many points without computing all of them, with Optuna."""

from collections.abc import Iterator, Sequence

from hwgen.errors import ToolError
from hwgen.explore.measure import Networks, measure
from hwgen.explore.points import Point
from hwgen.explore.row import Row

__all__ = ["optimise"]


def optimise(
    networks: Networks, points: Sequence[Point], known: dict[str, Row], trials: int, seed: int = 1
) -> Iterator[Row]:
    """Rows that are not known yet, of the points that an NSGA-II sampler asks for.

    Wanted are a high rate and few logic cells and block RAMs. Points are drawn by their network,
    device, clock, rate or folding file, precision, storage and products from the grid of all.

    Raises
    ------
    ToolError
        If Optuna is missing.
    """
    try:
        import optuna
    except ImportError as error:
        raise ToolError(
            "--optimise: Optuna is missing; install it with `pip install 'hwgen[explore]'`"
        ) from error
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    by_place = {place: point for point in points for place in _places(point, points)}
    choices = [list(dict.fromkeys(values)) for values in zip(*by_place, strict=True)]
    study = optuna.create_study(
        directions=["maximize", "minimize", "minimize"],
        sampler=optuna.samplers.NSGAIISampler(seed=seed, population_size=min(20, trials)),
    )
    for _ in range(trials):
        trial = study.ask()
        picked = [
            trial.suggest_categorical(str(axis), range(len(values)))
            for axis, values in enumerate(choices)
        ]
        place = tuple(values[index] for values, index in zip(choices, picked, strict=True))
        point = by_place[place]
        row = known.get(point.key)
        if row is None:
            row = known[point.key] = measure(networks, point)
            yield row
        if row.problem is not None:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
        else:
            study.tell(trial, [row.frames_per_second or 0, row.logic_cells or 0, row.ebr or 0])


def _places(point: Point, points: Sequence[Point]) -> Iterator[tuple[object, ...]]:
    """Of a point in the grid: one with a folding file has it with any storage and products."""
    about = (point.network, point.device, point.clock_mhz, point.bits)
    if point.folding is None:
        yield (*about, point.fps, point.storage, point.products)
        return
    kinds = {(p.storage, p.products): None for p in points if p.folding is None}
    for kind in kinds or {(point.storage, point.products): None}:
        yield (*about, point.folding, *kind)
