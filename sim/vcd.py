"""The streams of a run as a waveform, for GTKWave, Surfer and the like."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from vcd import VCDWriter
from vcd.writer import Variable

from hwgen.errors import ModelError
from hwgen.files import replacing
from hwgen.plan.plan import WEIGHTS, Plan, Stream
from hwgen.plan.units import Scores
from sim.flow import Cycles
from sim.waves import Wave

__all__ = ["CYCLE_NS", "TOP", "check_size", "write_vcd"]

CYCLE_NS = 10
"""Nanoseconds that a cycle is drawn as; those of the clock that `hwgen verify` runs with."""

TOP = "dut"
"""Scope of the design, as in `hwgen verify`'s bench."""

MOST_BITS = 1 << 29
"""Payload bits of a waveform, at most: files become too large for any viewer."""

WINDOW_CYCLES = 1 << 14
"""Cycles written at a time, so that memory is that of their changes only."""

Bits = NDArray[np.uint8]


def check_size(plan: Plan, frames: int) -> None:
    """Refuse a waveform of more frames than files and viewers can hold.

    Raises
    ------
    ModelError
        Says how many frames can be had.
    """
    bits = sum(s.payload_bits * s.transfers_per_frame for s in plan.streams)
    if bits * frames > MOST_BITS:
        most = MOST_BITS // bits
        raise ModelError(
            f"a waveform of {frames:,} frames would hold {bits * frames:,} bits of payload, more "
            f"than {MOST_BITS:,}; "
            + (f"ask for {most:,} frames at most" if most else "even one frame is too large")
        )


def write_vcd(
    path: Path,
    plan: Plan,
    waves: Mapping[str, Wave],
    values: Mapping[str, Bits],
    progress: Callable[[int, int], object] = lambda done, total: None,
) -> None:
    """Write a VCD file, whole or not at all.

    Signals have the names and scopes that they have in the emitted Verilog: ``o__valid``,
    ``o__ready`` and ``o__payload`` in the scope of the unit that gives the stream; ``s_axis_...``,
    ``m_axis_...``, ``s_weights_...``, ``clk`` and ``rst`` in the top.
    Cycle c lasts from ``c * CYCLE_NS`` to ``(c + 1) * CYCLE_NS`` and begins with the rising edge
    of ``clk``; cycle 0 is the first one after reset. A payload is unknown while ``valid`` is low.
    ``..._frame``, which hardware does not have, is the frame of the word that is there or comes
    next.

    Parameters
    ----------
    waves : mapping of str to Wave
        By stream name, as `sim.waves.stream_waves` gives them.
    values : mapping of str to uint8 array (transfers, payload_bits)
        By stream name, as `sim.transfer_values.stream_values` gives them.
    progress : callable
        Called with (cycles done, cycles in all) from time to time.

    Raises
    ------
    ModelError
        If the file cannot be written.
    """
    cycles = next(iter(waves.values())).cycles
    with (
        replacing(path) as beside,
        beside.open("w", encoding="ascii") as file,
        VCDWriter(file, "1 ns", date="", comment=_comment(plan), check_values=False) as writer,
    ):
        writer.register_var(TOP, "rst", "wire", 1, 0)
        signals: list[_Signal] = [_Clock(writer.register_var(TOP, "clk", "wire", 1, 0))]
        for stream in plan.streams:
            signals += _signals(writer, plan, stream, waves[stream.name], values[stream.name])
        for first in range(0, cycles, WINDOW_CYCLES):
            last = min(first + WINDOW_CYCLES, cycles)
            changes = [(t, k, v) for k, s in enumerate(signals) for t, v in s.changes(first, last)]
            changes.sort(key=lambda change: change[:2])
            for time, k, value in changes:
                writer.change(signals[k].variable, time, value)
            progress(last, cycles)
        writer.flush(cycles * CYCLE_NS)


@dataclass(frozen=True, eq=False)
class _Signal(ABC):
    variable: Variable

    @abstractmethod
    def changes(self, first: int, last: int) -> list[tuple[int, int | str]]:
        """Time and value of each change from cycle ``first`` up to ``last``, in order."""


class _Clock(_Signal):
    def changes(self, first: int, last: int) -> list[tuple[int, int | str]]:
        half = CYCLE_NS // 2
        times = range(first * CYCLE_NS, last * CYCLE_NS, half)
        return [(time, 1 - k % 2) for k, time in enumerate(times)]


@dataclass(frozen=True, eq=False)
class _Levels(_Signal):
    """A value in each cycle: integers (cycles)."""

    levels: NDArray[np.generic]

    def changes(self, first: int, last: int) -> list[tuple[int, int | str]]:
        part = self.levels[first:last]
        at = np.append(0, np.flatnonzero(part[1:] != part[:-1]) + 1)
        return list(zip(_times(first + at), part[at].astype(int).tolist(), strict=True))


@dataclass(frozen=True, eq=False)
class _Words(_Signal):
    """Words of a stream, as bits, the least significant first; unknown while there is none."""

    wave: Wave
    bits: Bits

    def changes(self, first: int, last: int) -> list[tuple[int, int | str]]:
        offered, over = self.wave.offered, self.wave.transfer + 1
        comes = slice(*np.searchsorted(offered, (first, last)))
        goes = slice(*np.searchsorted(over, (first, last)))
        width = self.bits.shape[1]
        text = (self.bits[comes, ::-1] + ord("0")).tobytes().decode("ascii")
        words = [text[k : k + width] for k in range(0, len(text), width)]
        found: list[tuple[int, int | str]] = [(time, "x") for time in _times(over[goes])]
        found += zip(_times(offered[comes]), words, strict=True)
        # In the order of time; a word that comes as one goes is what remains.
        found.sort(key=lambda change: change[0])
        return found


def _times(cycles: Cycles) -> list[int]:
    return (cycles * CYCLE_NS).tolist()


def _signals(
    writer: VCDWriter, plan: Plan, stream: Stream, wave: Wave, bits: Bits
) -> list[_Signal]:
    """Declare the signals of a stream, at its producer and at the edge of the design."""
    entry = {"input": "s_axis_", WEIGHTS: "s_weights_"}.get(stream.source)
    scope = TOP if entry else (TOP, stream.source)
    start, t = (entry, "t") if entry else (f"{stream.source_port}__", "")
    valid = writer.register_var(scope, f"{start}{t}valid", "wire", 1, "x")
    ready = writer.register_var(scope, f"{start}{t}ready", "wire", 1, "x")
    frame = writer.register_var(scope, f"{start}frame", "integer", 32, "x")
    last = len(bits) // stream.transfers_per_frame - 1
    frames = np.minimum(wave.moved() // stream.transfers_per_frame, last)
    signals: list[_Signal] = [
        _Levels(valid, wave.valid), _Levels(ready, wave.ready), _Levels(frame, frames)
    ]  # fmt: skip
    fields = {}
    if stream.source == WEIGHTS:
        fields = {"s_weights_tdata": bits[:, :-1], "s_weights_tlast": bits[:, -1:]}
    elif entry:
        fields = {"s_axis_tdata": _whole_bytes(bits)}
    else:
        name = f"{start}payload"
        payload = writer.register_var(scope, name, "wire", stream.payload_bits, "x")
        signals.append(_Words(payload, wave, bits))
    if stream.target == "output":
        writer.register_alias(TOP, "m_axis_tvalid", valid)
        writer.register_alias(TOP, "m_axis_tready", ready)
        writer.register_alias(TOP, "m_axis_frame", frame)
        fields |= _outputs(plan, bits)
    for name, field in fields.items():
        variable = writer.register_var(TOP, name, "wire", field.shape[1], "x")
        signals.append(_Words(variable, wave, field))
    return signals


def _outputs(plan: Plan, bits: Bits) -> dict[str, Bits]:
    """What the AXI4-Stream output makes of the last unit's words."""
    unit = plan.units[-1]
    assert isinstance(unit, Scores), unit
    data, index = np.split(bits[:, :-1], [unit.data_bits], axis=1)
    user = {"m_axis_tuser": index} if unit.index_bits else {}
    return {"m_axis_tdata": data, **user, "m_axis_tlast": bits[:, -1:]}


def _whole_bytes(bits: Bits) -> Bits:
    return np.pad(bits, ((0, 0), (0, -bits.shape[1] % 8)))


def _comment(plan: Plan) -> str:
    return f"{plan.name}: streams as predicted by hwgen's cycle simulator, 1 cycle = {CYCLE_NS} ns"
