"""The way of weights from outside: one port, from which each layer gets its own."""

from collections.abc import Sequence

from hwgen.plan.plan import WEIGHTS, Stream
from hwgen.plan.units import Convert, Deal, Fifo, MatrixPlan, Unit
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["WORDS_AHEAD", "weight_paths"]

WORDS_AHEAD = 2
"""Of a layer, at most, that are there before it wants them; the simulator makes them fewer."""

PORT_BITS = WEIGHT_PORT_BITS + 1
"""With what marks the last word of a frame."""


def weight_paths(units: Sequence[Unit]) -> tuple[list[Unit], list[Stream]]:
    """Units and streams that bring weights to those that have theirs outside; none where none has.

    The words of a frame come layer by layer, in the order of the data: so the last words of a
    frame need nothing of the next one.
    """
    layers = [unit for unit in units if isinstance(unit, MatrixPlan) and unit.external]
    if not layers:
        return [], []
    found: list[Unit] = []
    streams: list[Stream] = []
    counts = []
    for k, layer in enumerate(layers):
        bits = layer.inputs["i_weights"]
        way, words = _way(layer, bits)
        counts.append(words[0])
        names = ["weights_deal", *(unit.name for unit in way), layer.name]
        widths = [WEIGHT_PORT_BITS, *(unit.out_bits for unit in way)]
        for n, (width, count) in enumerate(zip(widths, words, strict=True)):
            ports = (f"o_{k}" if n == 0 else "o", "i_weights" if n == len(way) else "i")
            source, target = names[n], names[n + 1]
            streams.append(Stream(f"{source}_to_{target}", source, target, width, count, *ports))
        found += way
    deal = Deal(
        name="weights_deal", stage=layers[0].stage, counts=tuple(counts),
        in_bits=PORT_BITS, out_bits=WEIGHT_PORT_BITS,
    )  # fmt: skip
    entry = Stream(WEIGHTS, WEIGHTS, deal.name, PORT_BITS, sum(counts))
    return [deal, *found], [entry, *streams]


def _way(layer: MatrixPlan, bits: int) -> tuple[list[Unit], list[int]]:
    """Units of one layer's way, and the words a frame ahead of each and behind the last."""
    reads, port = layer.weight_reads, WEIGHT_PORT_BITS
    wide = max(bits, port)
    fifo = Fifo(
        name=f"{layer.name}_weights_fifo", stage=layer.stage, depth=WORDS_AHEAD,
        in_bits=wide, out_bits=wide,
    )  # fmt: skip
    if bits == port:
        return [fifo], [reads, reads]
    count = wide // min(bits, port)
    convert = Convert(
        name=f"{layer.name}_weights", stage=layer.stage, count=count, up=bits > port,
        in_bits=port, out_bits=bits,
    )  # fmt: skip
    if convert.up:
        return [convert, fifo], [reads * count, reads, reads]
    return [fifo, convert], [reads // count, reads // count, reads]
