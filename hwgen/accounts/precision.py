"""The talk's strategy: mixes of precise and 1-bit layers, and the first that fits a device."""

from collections.abc import Mapping
from dataclasses import dataclass

from hwgen.accounts.footprint import Row, count_layers
from hwgen.errors import DeviceError, ModelError
from hwgen.families.devices import DEVICES
from hwgen.families.family import Device
from hwgen.model import INPUT_NAME, AveragePool, Conv2d, Dense, MaxPool, Model, infer_shapes
from hwgen.model.kinds.shape import Shape
from hwgen.model.shapes import resolve_padding
from hwgen.plan.units import WindowPlan
from hwgen.sizes.spram import SPRAM_BITS, SPRAM_WORDS

__all__ = ["Mix", "Proposal", "device_memory", "list_mixes", "plan_precision"]


@dataclass(frozen=True)
class Mix:
    """Precision of each matrix layer, C or B a letter, and the memory that it takes, in bits.

    A C layer has weights of so many bits as were asked for and reads activations of as many, a B
    layer has one of each; the first layer reads pixels. ``input_bits``, ``output_bits`` and
    ``pair_bits`` are the largest input, output, and both together, of one layer. ``line_bits`` are
    the line buffers that a streaming design keeps instead: of each convolution, of pools behind an
    activation of more than one bit, and sums of averages. ``fits`` says what a device's memory
    holds, in the talk's order: "input", "output" (with the input), "weights" (with both), and
    "built", weights with line buffers. ``cycles`` and ``logic_cells`` are None where the planner
    does not know them.
    """

    letters: str
    weight_bits: int
    input_bits: int
    output_bits: int
    pair_bits: int
    line_bits: int
    fits: dict[str, bool]
    cycles: int | None = None
    logic_cells: int | None = None


@dataclass(frozen=True)
class Proposal:
    """All mixes, the most precise first; the first that fits as it is built, or None.

    ``spare_bits`` is what that one leaves of the memory, ``more_layers`` how many further 1-bit
    layers like ``like`` (its costliest) fit into that, weights and line buffers.
    """

    device: Device
    memory_bits: int
    layers: tuple[str, ...]
    wide_bits: int
    mixes: tuple[Mix, ...]
    proposed: Mix | None
    spare_bits: int = 0
    more_layers: int = 0
    like: str | None = None


def device_memory(device: Device) -> int:
    """Bits of block RAM and SPRAM.

    Raises
    ------
    DeviceError
        If the device is no part.
    """
    if device.ebr is None or device.ebr_bits is None or device.spram is None:
        parts = [d.name for d in DEVICES.values() if d.ebr is not None]
        raise DeviceError(f"device must be a part, one of {', '.join(parts)}, not {device.name!r}")
    return device.ebr * device.ebr_bits + device.spram * SPRAM_WORDS * SPRAM_BITS


def list_mixes(count: int) -> tuple[str, ...]:
    """Mixes of a network of ``count`` matrix layers, the most precise first.

    The first and the last layer stay precise: one sees all of the picture, the other puts out the
    numbers that are wanted. The others become 1-bit in the order of their distance from both ends,
    the farthest first, and of two the earlier one. A single 1-bit layer between precise ones is no
    mix, unless there is no other: no activation would lie between two 1-bit layers.
    """
    inner = range(1, count - 1)
    order = sorted(inner, key=lambda k: (-min(k, count - 1 - k), k))
    least = min(2, len(order))
    numbers = [0, *(n for n in range(least, len(order) + 1) if n)]
    return tuple("".join("B" if k in order[:n] else "C" for k in range(count)) for n in numbers)


def plan_precision(model: Model, device: Device, wide_bits: int = 16) -> Proposal:
    """Mixes of a topology, and the first whose weights and line buffers fit.

    Parameters
    ----------
    model : Model
        A description; its own precisions are not looked at.
    wide_bits : int
        Of weights and activations of a C layer.

    Raises
    ------
    ModelError
        If it has no matrix layer.
    DeviceError
        If the device is no part.
    """
    memory = device_memory(device)
    topology = _Topology(model)
    if not topology.rows:
        raise ModelError(f"{model.source}: has no layer with weights")
    names = tuple(row.name for row in topology.rows)
    mixes = tuple(
        _measured(topology, letters, wide_bits, memory) for letters in list_mixes(len(names))
    )
    proposed = next((mix for mix in mixes if mix.fits["built"]), None)
    spare = memory - proposed.weight_bits - proposed.line_bits if proposed else 0
    more, like = 0, None
    if proposed and "B" in proposed.letters:
        widths = topology.widths(proposed.letters, wide_bits)
        costs = {
            row.name: row.weights + topology.window_bits(row.name, widths)
            for row, letter in zip(topology.rows, proposed.letters, strict=True)
            if letter == "B"
        }
        like = max(costs, key=lambda name: costs[name])
        more = spare // costs[like]
    return Proposal(device, memory, names, wide_bits, mixes, proposed, spare, more, like)


def _measured(topology: "_Topology", letters: str, wide_bits: int, memory: int) -> Mix:
    widths = topology.widths(letters, wide_bits)
    inputs = [row.inputs * topology.read_bits(row, widths) for row in topology.rows]
    outputs = [row.activations * topology.put_bits(row.name, widths) for row in topology.rows]
    pair = max(i + o for i, o in zip(inputs, outputs, strict=True))
    weights = sum(row.weights * widths[row.name] for row in topology.rows)
    lines = topology.line_bits(widths)
    fits = {
        "input": max(inputs) <= memory,
        "output": pair <= memory,
        "weights": pair + weights <= memory,
        "built": lines + weights <= memory,
    }
    return Mix(letters, weights, max(inputs), max(outputs), pair, lines, fits)


class _Topology:
    """A description without its precisions: matrix layers, and who reads whom."""

    def __init__(self, model: Model):
        self.model = model
        self.shapes: Mapping[str, Shape] = infer_shapes(model)
        self.rows: tuple[Row, ...] = tuple(row for row in count_layers(model) if row.matrix)
        self.sources: dict[str, frozenset[str]] = {INPUT_NAME: frozenset()}
        """Matrix layers whose values reach the output of each layer."""
        self.readers: dict[str, set[str]] = {row.name: set() for row in self.rows}
        for layer in model.layers:
            reached = frozenset().union(*(self.sources[name] for name in layer.inputs))
            matrix = isinstance(layer, Conv2d | Dense)
            for source in reached if matrix else ():
                self.readers[source].add(layer.name)
            self.sources[layer.name] = frozenset([layer.name]) if matrix else reached
        self.layers = model.named

    def widths(self, letters: str, wide_bits: int) -> dict[str, int]:
        """Bits of the weights of each matrix layer, and of the activations that it reads."""
        bits = {"B": 1, "C": wide_bits}
        return {r.name: bits[letter] for r, letter in zip(self.rows, letters, strict=True)}

    def read_bits(self, row: Row, widths: Mapping[str, int]) -> int:
        """Bits of what a matrix layer reads."""
        picture = not self.sources[self.layers[row.name].inputs[0]]
        return self.model.input.bits if picture else widths[row.name]

    def put_bits(self, name: str, widths: Mapping[str, int]) -> int:
        """Bits of the activations behind a matrix layer: what its widest reader reads."""
        return max((widths[reader] for reader in self.readers[name]), default=max(widths.values()))

    def window_bits(self, name: str, widths: Mapping[str, int]) -> int:
        """Line buffer of a layer, at one tap a word; 0 where it needs none."""
        layer = self.layers[name]
        shape, out = self.shapes[layer.inputs[0]], self.shapes[name]
        sources = self.sources[layer.inputs[0]]
        bits = max((self.put_bits(s, widths) for s in sources), default=self.model.input.bits)
        if isinstance(layer, Conv2d):
            bits = self.model.input.bits if not sources else widths[name]
            kernel, dilation = layer.weights.shape[1:3], layer.dilation
        elif isinstance(layer, MaxPool) and bits > 1:
            kernel, dilation = layer.window, (1, 1)
        elif isinstance(layer, AveragePool):
            rows, columns = layer.window
            return out[1] * out[2] * (bits + (rows * columns - 1).bit_length())
        else:
            return 0
        stride, padding = layer.stride, resolve_padding(layer, shape)
        if tuple(kernel) == (1, 1) == tuple(stride) and not any(padding):
            return 0
        window = WindowPlan(
            name=name, stage=name, in_shape=shape, bits=bits, kernel=(kernel[0], kernel[1]),
            stride=stride, dilation=dilation, padding=padding, pad=None, block=(1, 1), taps=(1, 1),
            blocks=out[:2], group=shape[2], repeats=1, channels_outer=False, slots=1,
            in_bits=0, out_bits=0,
        )  # fmt: skip
        return window.full_rate_slots() * shape[1] * shape[2] * bits

    def line_bits(self, widths: Mapping[str, int]) -> int:
        """All line buffers."""
        return sum(self.window_bits(layer.name, widths) for layer in self.model.layers)
