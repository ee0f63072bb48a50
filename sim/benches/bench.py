"""What every bench does, whatever runs the Verilog."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from sim.compare import Trace
from sim.patterns import Traffic

__all__ = ["Bench", "Ports"]


@dataclass(frozen=True)
class Ports:
    """Widths of the design's AXI4-Stream ports; 0 where there is no ``m_axis_tuser``.

    ``weights`` tells whether it has ``s_weights_*`` and ``weights_loaded``.
    """

    s_tdata: int
    m_tdata: int
    m_tuser: int
    weights: bool = False


class Bench(Protocol):
    """A compiled bench for one design, with a monitor on each stream; it can run many times.

    Weights of SPRAMs are loaded in each run while reset is high, ahead of cycle 0.
    """

    def run(
        self,
        words: NDArray[np.uint8],
        traffic: Traffic,
        cycles: int,
        progress: Callable[[int], object] = lambda cycle: None,
    ) -> tuple[dict[str, Trace], list[tuple[str, int]]]:
        """Run for a number of cycles after reset, cycle 0 being the first of them.

        Parameters
        ----------
        words : uint8 (words, payload_bits of the input stream)
            Input words as bits, the least significant first.
        traffic : Traffic
            When they are offered and results are accepted.
        progress : callable
            Told from time to time how many cycles are done.

        Returns
        -------
        traces, violations
            Transfers by stream name; and (stream name, cycle) wherever a stalled word moved.

        Raises
        ------
        ToolError
            If the simulator fails; names the log.
        """
        ...
