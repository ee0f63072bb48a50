"""Units joined by streams: the open stream, and those that wait for the stages that read them."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import gcd

from hwgen.network import IntegerNetwork
from hwgen.plan.plan import Stream
from hwgen.plan.units import Convert, Fifo, Fork, MapPlan, PoolPlan, Unit

__all__ = ["OpenStream", "Planes", "Wiring"]


@dataclass(frozen=True)
class Planes:
    """Order of a stream that comes plane by plane, not pixel by pixel.

    ``maps`` of ``rows x columns`` pixels make up a frame, each of ``count`` planes that have the
    channels of a word.
    """

    rows: int
    columns: int
    count: int
    maps: int


@dataclass(frozen=True)
class OpenStream:
    """A stream that no unit takes yet: where it comes from, and its words."""

    unit: Unit | None
    """None is the input."""
    port: str
    bits: int
    group: int
    words: int
    planes: Planes | None


class Wiring:
    """Units so far, and the format of the open stream, which the next unit takes.

    Parameters
    ----------
    network : IntegerNetwork
        Its picture is the first open stream; its stages say how often each is read.
    """

    def __init__(self, network: IntegerNetwork):
        self.network = network
        self.units: list[Unit] = []
        self.streams: list[Stream] = []
        height, width, channels = network.in_shape
        self.bits = network.in_element.bits
        self.group = channels
        self.words = height * width
        """Words a frame on the open stream."""
        self.planes: Planes | None = None
        """How they come, where not pixel by pixel."""
        self.last: Unit | None = None
        """Unit that the open stream comes from; None is the input."""
        self.port = "o"
        self._kept: dict[str, list[OpenStream]] = {}

    @property
    def word_bits(self) -> int:
        """Width of the open stream."""
        return self.group * self.bits

    def add(self, unit: Unit, words_out: int) -> None:
        """Close the open stream with ``unit`` and open its output."""
        self.connect(unit, "i", unit.in_bits)
        self.units.append(unit)
        self.last, self.port, self.words = unit, "o", words_out

    def connect(self, unit: Unit, port: str, bits: int) -> None:
        """Join the open stream to a port of a unit, ``bits`` wide.

        Two units that both pass `ready` on combinationally get a FIFO of two words between them.
        """
        if self.last is not None and self.last.passes_ready and unit.passes_ready:
            name = f"{unit.name}_fifo" if port == "i" else f"{unit.name}_{port}_fifo"
            fifo = Fifo(name=name, stage=self.last.stage, depth=2, in_bits=bits, out_bits=bits)
            self.add(fifo, self.words)
        source = self.last.name if self.last else "input"
        name = f"{source}_to_{unit.name}"
        words = self.words
        cycles = words * (1 + _held(unit)) if isinstance(self.last, PoolPlan) else 0
        self.streams.append(Stream(name, source, unit.name, bits, words, self.port, port, cycles))

    def open(self, source: str) -> None:
        """Take up the stream of a stage, or of the input, where it was left."""
        kept = self._kept[source]
        self.resume(kept[0] if len(kept) == 1 else kept.pop(0))

    def close(self, name: str) -> None:
        """Keep the open stream for the stages that read this one; part it if they are several."""
        readers = len(self.network.readers(name))
        if readers > 1:
            unit = Fork(
                name=f"{name}_fork", stage=name, count=readers,
                in_bits=self.word_bits, out_bits=self.word_bits,
            )  # fmt: skip
            self.add(unit, self.words)
        ports = [f"o_{k}" for k in range(readers)] if readers > 1 else ["o"]
        self.keep(name, [
            OpenStream(self.last, port, self.bits, self.group, self.words, self.planes)
            for port in ports
        ])  # fmt: skip

    def keep(self, name: str, streams: Sequence[OpenStream]) -> None:
        """Have the streams of a stage, or of the input, wait for those that read it."""
        self._kept[name] = list(streams)

    def opened(self) -> OpenStream:
        """The open stream, to be resumed later."""
        return OpenStream(self.last, self.port, self.bits, self.group, self.words, self.planes)

    def resume(self, kept: OpenStream) -> None:
        """Take up a stream that was kept."""
        self.last, self.port = kept.unit, kept.port
        self.bits, self.group, self.words = kept.bits, kept.group, kept.words
        self.planes = kept.planes

    def raster(self) -> None:
        """Turn planes into pixels, each with all of its channels in a row."""
        planes, unit = self.planes, self.last
        if planes is None or unit is None:
            return
        # Of a fork each reader turns its own.
        name = f"{unit.name}_raster{self.port.removeprefix('o')}"
        map_buffer = MapPlan(
            name=name, stage=unit.stage,
            in_shape=(planes.rows, planes.columns, planes.count * self.group), bits=self.bits,
            planes=planes.count, maps=planes.maps, kernel=(1, 1), stride=(1, 1), dilation=(1, 1),
            padding=(0, 0, 0, 0), pad=0, out_pixels=(planes.rows, planes.columns), rows=planes.rows,
            group=self.group, repeats=1, raster=True, slots=planes.rows,
            in_bits=self.word_bits, out_bits=self.word_bits,
        )  # fmt: skip
        self.add(map_buffer.at_full_rate(), self.words)
        self.planes = None

    def regroup(self, group: int, target: str, stage: str) -> None:
        """Convert the open stream to words of ``group`` elements."""
        common = gcd(self.group, group)
        if self.group > common:
            count = self.group // common
            self._convert(f"{target}_unpack", stage, count, False, common)
        if group > common:
            self._convert(f"{target}_pack", stage, group // common, True, group)

    def _convert(self, name: str, stage: str, count: int, up: bool, group: int) -> None:
        unit = Convert(
            name=name, stage=stage, count=count, up=up,
            in_bits=self.word_bits, out_bits=group * self.bits,
        )  # fmt: skip
        self.add(unit, self.words // count if up else self.words * count)
        self.group = group


def _held(unit: Unit) -> int:
    """Cycles for which a unit has a word wait at its input, the last of them that it is taken in.

    The result of a pool unit stays in its register so long, and one cycle later the next one comes.
    """
    return unit.count if isinstance(unit, Convert) and not unit.up else 1
