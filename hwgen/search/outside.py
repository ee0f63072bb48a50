"""Which layers have their weights outside, where a device cannot hold them all."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from fractions import Fraction
from math import ceil, prod, sqrt

from hwgen.errors import FitError
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork, Matrix
from hwgen.plan.folding import LEAST_HOLD, Folding
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.code_books import stage_index_bits
from hwgen.search.foldings import divisors
from hwgen.sizes.spram import SPRAM_BITS, SPRAM_WORDS
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["check_supply", "first_outside", "outside_foldings", "outside_shares", "outsiders"]

MANY_PIXELS, MOST_PASSES = 64, 4
"""Pixels beyond which a word need not serve all of them, and how often it comes in then at most."""

LARGEST_WORD = 1024
"""Bits of a weight word from outside that a search goes up to."""


def outsiders(network: IntegerNetwork) -> list[str]:
    """Layers whose weights may come from outside, those with the most bits of them first.

    Of some no folding has words that fill those of the port.
    """
    stages = [s for s in network.matrices.values() if not s.depthwise and any(outside_foldings(s))]
    return [s.name for s in sorted(stages, key=lambda s: -_bits(s))]


def first_outside(network: IntegerNetwork, device: Device) -> int:
    """How many of `outsiders` have to have theirs outside for the rest to fit the memories."""
    assert device.ebr is not None
    assert device.ebr_bits is not None
    room = device.ebr * device.ebr_bits + (device.spram or 0) * SPRAM_BITS * SPRAM_WORDS
    names = outsiders(network)
    inside = sum(_stored_bits(stage) for stage in network.matrices.values())
    for count, name in enumerate(names):
        if inside <= room:
            return count
        inside -= _stored_bits(network.matrices[name])
    return len(names)


def check_supply(
    network: IntegerNetwork,
    names: Sequence[str],
    cycles: int,
    weights_interval: Fraction | int,
    clock_mhz: float | None,
    *,
    asked: bool,
) -> None:
    """Refuse a rate at which the weights of layers that have to have them outside cannot come in.

    ``asked`` says that they lie there because it was asked for, and not because they do not fit.

    Raises
    ------
    FitError
        Names the layers, and the rate that would do.
    """
    bits = sum(_bits(network.matrices[name]) for name in names)
    words = -(-bits // WEIGHT_PORT_BITS)
    least = ceil(words * weights_interval)
    if least <= cycles:
        return
    rate = f", {clock_mhz * 1e6 / least:,.4g} frames a second" if clock_mhz else ""
    why = "come" if asked else "do not fit and come"
    raise FitError(
        f"{network.source}: weights of {', '.join(names)} {why} from outside, "
        f"{words:,} words a frame in {float(weights_interval):,.4g} cycles each: a frame takes at "
        f"least {least:,} cycles{rate}, more than the {cycles:,} asked for"
    )


def outside_shares(network: IntegerNetwork, names: frozenset[str]) -> dict[str, float]:
    """Part of a frame that each layer has for it, from the first of some to the last of them.

    Weights come in for one of these after another, and for the last not before those between have
    done their part. Lanes are fewest where it goes with the root of the products; a memory's words
    take time too.
    """
    if not names:
        return {}
    places = [k for k, name in enumerate(network.matrices) if name in names]
    stages = list(network.matrices.values())[places[0] : places[-1] + 1]
    bits = sum(_bits(stage) for stage in stages if stage.name in names)
    roots = sum(sqrt(_products(stage)) for stage in stages)
    return {
        s.name: (_bits(s) * (s.name in names) / bits + sqrt(_products(s)) / roots) / 2
        for s in stages
    }


def outside_foldings(stage: Matrix) -> Iterator[Folding]:
    """Foldings of a layer whose weights come from outside.

    Each word serves all pixels, or where these are many the rows of a few passes.
    """
    outputs, _, _, channels = stage.weights.shape
    for pe in divisors(outputs):
        for group in divisors(channels):
            bits = pe * group * stage.weight_bits
            whole = WEIGHT_PORT_BITS % bits == 0 or bits % WEIGHT_PORT_BITS == 0
            if bits <= LARGEST_WORD and whole:
                for rows in _rows(stage):
                    yield replace(Folding(pe, group), storage=WeightStorage.EXTERNAL, rows=rows)


def _rows(stage: Matrix) -> list[int]:
    """Output rows for which a weight word may stay."""
    height, width, _ = stage.out_shape
    if height * width < LEAST_HOLD:
        return [0]
    if height * width <= MANY_PIXELS:
        return [height]
    fewer = [n for n in divisors(height) if height // n <= MOST_PASSES and n * width >= LEAST_HOLD]
    return fewer or [height]


def _bits(stage: Matrix) -> int:
    return stage.weights.size * stage.weight_bits


def _stored_bits(stage: Matrix) -> int:
    """As few as memory holds them in."""
    return stage.weights.size * (stage_index_bits(stage) or stage.weight_bits)


def _products(stage: Matrix) -> int:
    return stage.weights.size * prod(stage.out_shape[:2])
