"""The runs of a verification, and what each must show: whole ones, and ones that reset cuts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.plan import Plan
from sim.benches.bench import Run
from sim.benches.harness import ERRORS
from sim.compare import Trace
from sim.cycle import Timing, simulate
from sim.patterns import Traffic, random_traffic

__all__ = ["RESET", "Trial", "reset_trials", "tell", "whole_trial"]

EXTRA_CYCLES = 64
"""Cycles that a run goes on after its last transfer, in which nothing more may come."""

RESET = "reset"
"""Name of the pattern that resets the design in mid-frame."""

FEWEST_CUTS, MOST_CUTS = 4, 12
"""Runs that a reset cuts short, ahead of one that goes on to its end: so many, or between."""

CYCLES = 16_000
"""Cycles that they may take together, in between."""

FRAMES = 2
"""Frames that these offer, at most: what outlives a reset shows in the first."""

CANDIDATES = 16
"""Cycles from which each cut is chosen."""

LONGEST_RESET = 4


@dataclass(frozen=True, eq=False)
class Trial:
    """A run, and the cycles of its transfers if nothing cut it short; ``name`` is its traffic."""

    name: str
    run: Run
    timing: Timing

    def expected(self, values: Mapping[str, NDArray[np.uint8]]) -> dict[str, Trace]:
        """Transfers that it must show, as from power-on, of streams whose values are given."""
        traces = {}
        for stream, bits in values.items():
            # ``error`` comes with the scores.
            cycles = self.timing.transfers["output" if stream == ERRORS else stream]
            count = int(np.searchsorted(cycles, self.run.cycles))
            traces[stream] = Trace(cycles[:count], bits[:count])
        return traces


def whole_trial(name: str, plan: Plan, frames: int, traffic: Traffic) -> Trial:
    """All frames, and some cycles after them in which nothing may come."""
    timing = simulate(plan, frames, traffic)
    words = frames * plan.entry.transfers_per_frame
    weights = frames * plan.weights.transfers_per_frame if plan.weights else 0
    run = Run(traffic, timing.cycles + EXTRA_CYCLES, words, weights=weights)
    return Trial(name, run, timing)


def reset_trials(plan: Plan, frames: int, seed: int, interval: int) -> list[Trial]:
    """Runs from reset, all but the last cut short by the reset of the next.

    The cuts are spread over the whole run, in random order; of some cycles drawn from ``seed`` the
    one is taken in which the most streams are amid a frame. The last run is at full rate.

    Parameters
    ----------
    frames : int
        How many there are to offer.
    interval : int
        Cycles between frames.
    """
    rng = np.random.default_rng(seed)
    frames = min(frames, FRAMES)
    # Buffers run full in some, and empty in others.
    traffics = [random_traffic(seed, interval), Traffic(), Traffic(ready_after=1)]
    trials: list[Trial] = []
    name = RESET
    cuts = CYCLES // (simulate(plan, frames).cycles // 2)
    cuts = min(max(cuts, FEWEST_CUTS), MOST_CUTS)
    for k, part in enumerate(rng.permutation(cuts)):
        whole = whole_trial(name, plan, frames, traffics[k % len(traffics)])
        first, last = ((whole.timing.cycles - 1) * (part + p) // cuts for p in (0, 1))
        cycles = rng.integers(first + 1, last + 2, CANDIDATES)
        cut = int(cycles[_streams_amid(plan, whole.timing, cycles).argmax()])
        trials.append(_shortened(whole, cut, rng))
        name = f"{RESET} in cycle {cut}"
    final = whole_trial(name, plan, frames, Traffic())
    return [*trials, _shortened(final, final.run.cycles, rng)]


def tell(trials: Sequence[Trial], done: int) -> str:
    """Say how far the runs have come, of which so many cycles are done together."""
    for trial in trials:
        if done < trial.run.cycles:
            share = done / trial.run.cycles
            return f"{trial.name}: {trial.run.cycles:,} cycles, {share:.0%} done"
        done -= trial.run.cycles
    return "done"


def _shortened(trial: Trial, cycles: int, rng: np.random.Generator) -> Trial:
    run = trial.run
    held = int(rng.integers(1, LONGEST_RESET + 1))
    cut = replace(run, cycles=cycles, reset_cycles=held)
    return Trial(trial.name, cut, trial.timing)


def _streams_amid(plan: Plan, timing: Timing, cycles: NDArray[np.int64]) -> NDArray[np.int64]:
    """How many streams have put through a part of a frame when each of ``cycles`` begins."""
    amid = np.zeros(cycles.size, np.int64)
    for stream in plan.streams:
        done = np.searchsorted(timing.transfers[stream.name], cycles)
        amid += done % stream.transfers_per_frame != 0
    return amid
