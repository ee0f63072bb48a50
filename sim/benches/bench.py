"""What every bench does, whatever runs the Verilog."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from sim.compare import Trace
from sim.patterns import Traffic

__all__ = ["Bench", "Ports", "Recording", "Run", "split_runs"]


@dataclass(frozen=True)
class Ports:
    """Widths of the design's AXI4-Stream ports; 0 where there is no ``m_axis_tuser``.

    ``weights`` tells whether it has ``s_weights_*`` and ``weights_loaded``, ``packet`` whether it
    has ``s_weights_*`` with ``tlast``, and ``weights_error``; ``tlast`` whether it has
    ``s_axis_tlast``, which is then the uppermost bit of the words that are offered, and ``error``.
    """

    s_tdata: int
    m_tdata: int
    m_tuser: int
    weights: bool = False
    packet: bool = False
    tlast: bool = False

    @property
    def word_bits(self) -> int:
        """Width of a word that is offered."""
        return self.s_tdata + self.tlast


@dataclass(frozen=True, eq=False)
class Run:
    """Some cycles of a design, from reset.

    Parameters
    ----------
    traffic : Traffic
        When words are offered and results accepted; cycle 0 is the first in which reset is low.
    cycles : int
        How many; then the next run resets the design, in whatever state it is.
    words : int or None
        How many of the input words are offered, from the first on; None for all.
    reset_cycles : int
        For how many cycles reset is high before, at least 1.
    weights : int
        How many words of weights are offered after reset, packet after packet.
    """

    traffic: Traffic
    cycles: int
    words: int | None = None
    reset_cycles: int = 3
    weights: int = 0


class Recording(NamedTuple):
    """Transfers of a run by stream name; (stream name, cycle) wherever a stalled word moved."""

    traces: dict[str, Trace]
    violations: list[tuple[str, int]]


class Bench(Protocol):
    """A compiled bench for one design, with a monitor on each stream; it can run many times.

    Weights of SPRAMs are loaded ahead of the first run, while reset is high, and stay for the
    others. What a port's ``valid`` does not cover is noise, and unknown where the simulator knows
    unknown values: ``tdata`` while ``tvalid`` is low, and all that the design is offered or asked
    for while reset is high. A word of weights is offered on and on when all are loaded; or, where
    weights come in with each frame, their packet again and again, from its start after each reset.
    """

    def run(
        self,
        words: NDArray[np.uint8],
        runs: Sequence[Run],
        progress: Callable[[int], object] = lambda cycles: None,
    ) -> list[Recording]:
        """Make some runs, one after another, in one process.

        Parameters
        ----------
        words : uint8 (words, payload_bits of the input stream)
            Input words as bits, the least significant first; every run begins with the first.
        progress : callable
            Told from time to time how many cycles are done, in all runs together.

        Returns
        -------
        list of Recording
            One for each run, cycles counted from its reset.

        Raises
        ------
        ToolError
            If the simulator fails; names the log.
        """
        ...


def split_runs(
    traces: Mapping[str, Trace], violations: Sequence[tuple[str, int]], runs: Sequence[Run]
) -> list[Recording]:
    """Cut up what was recorded while cycles outside reset were counted on from run to run."""
    ends = list(accumulate(run.cycles for run in runs))
    found = []
    for run, end in zip(runs, ends, strict=True):
        start = end - run.cycles
        cut: dict[str, Trace] = {}
        for name, trace in traces.items():
            first, last = np.searchsorted(trace.cycles, [start, end])
            cut[name] = Trace(trace.cycles[first:last] - start, trace.payload[first:last])
        moved = [(name, cycle - start) for name, cycle in violations if start <= cycle < end]
        found.append(Recording(cut, moved))
    return found
