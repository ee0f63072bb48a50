"""What a timeline shows of a run, gathered in memory that does not grow with it."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from hwgen.plan.plan import Plan, Stream
from sim.activity import main_streams
from sim.cycle import Chunk
from sim.flow import Cycles

__all__ = ["FRAMES_SHOWN", "PARTS", "Bar", "Sketch"]

FRAMES_SHOWN = 8
"""Frames of a run that are drawn, from its first: enough for every design to find its pace."""

PARTS = 160
"""Pieces of a frame's bar that are shaded apart."""


@dataclass(frozen=True, eq=False)
class Bar:
    """One frame in one row: first and last cycle with a transfer, and how busy between them."""

    first: int
    last: int
    density: NDArray[np.float64]


class Sketch:
    """What is drawn of a run, gathered chunk by chunk, for the first few frames of it.

    Parameters
    ----------
    plan : Plan
    """

    def __init__(self, plan: Plan):
        self.plan = plan
        self.frames = 0
        streams = main_streams(plan)
        self.rows: list[tuple[str, Stream, list[Bar]]] = [("pixels in", plan.entry, [])]
        for layer in plan.layers:
            if layer.name in streams:
                self.rows.append((layer.name, streams[layer.name], []))
            elif self.rows[1:]:
                name, stream, bars = self.rows[-1]
                self.rows[-1] = (f"{name} + {layer.name}", stream, bars)
        self.rows.append(("scores out", plan.exit, []))

    def add(self, chunk: Chunk) -> None:
        """Take what is shown of the next frames."""
        count = min(chunk.frames, FRAMES_SHOWN - self.frames)
        self.frames += max(count, 0)
        for _, stream, bars in self.rows:
            words = stream.transfers_per_frame
            for frame in range(count):
                cycles = chunk.flows[stream.name].transfer[frame * words : (frame + 1) * words]
                bars.append(_bar(cycles))

    @property
    def ends(self) -> list[int]:
        """First cycle after each frame's last output."""
        return [bar.last + 1 for bar in self.rows[-1][2]]


def _bar(cycles: Cycles) -> Bar:
    first, last = int(cycles[0]), int(cycles[-1])
    parts = min(PARTS, last + 1 - first)
    edges = np.linspace(first, last + 1, parts + 1)
    counts = np.diff(np.searchsorted(cycles, edges))
    # A part covers some whole number of cycles: that is what it could hold.
    room = np.diff(np.ceil(edges))
    return Bar(first, last, counts / room)
