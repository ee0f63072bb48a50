"""Where the weights of each matrix stage lie: wired in, in block RAM, or in SPRAM."""

from collections.abc import Mapping
from dataclasses import replace
from math import ceil

from hwgen.errors import FoldingError
from hwgen.families.devices import DEVICES
from hwgen.families.fabric import SPRAM_BITS, SPRAM_WORDS
from hwgen.families.family import Device
from hwgen.model.integer import IntegerNetwork, Matrix
from hwgen.plan.folding import Folding
from hwgen.plan.plan import Plan
from hwgen.plan.units import MatrixPlan

__all__ = ["WEIGHTS_SUFFIX", "choose_storage", "load_words", "spram_chips"]


WEIGHTS_SUFFIX = "_weights.bin"
"""Behind a design's name: the file of the words that fill its SPRAMs, 16 bits little-endian."""


def _weight_table(stage: Matrix, folding: Folding) -> tuple[int, int]:
    """Words of a stage's weight table, and the bits of each."""
    lanes = folding.pe * folding.simd
    return stage.weights.size // lanes, lanes * stage.weight_bits


def load_words(plan: Plan) -> int:
    """Words of 16 bits that a design takes at boot before it works; 0 without SPRAM."""
    return sum(
        unit.neuron_fold * unit.synapse_fold * spram_chips(unit.word_bits)
        for unit in plan.units
        if isinstance(unit, MatrixPlan) and unit.storage == "spram"
    )


def choose_storage(
    network: IntegerNetwork, folding: Mapping[str, Folding], device: Device, source: str
) -> dict[str, Folding]:
    """Check the storage asked for, and choose it for the other stages of a device with SPRAM.

    Of the tables that nothing was asked for, the one that would take most block RAMs goes first,
    into as many SPRAMs as a word of it needs, if so many are left; then the next. A table of
    one word is no memory, and one that fits a block RAM stays there: nothing would be gained.

    Parameters
    ----------
    source : str
        Folding file, or description where there is none, for messages.

    Raises
    ------
    FoldingError
        If what was asked for cannot be; names file, layer and constraint.
    """
    stages = {s.name: s for s in network.stages if isinstance(s, Matrix)}
    tables = {name: _weight_table(stages[name], f) for name, f in folding.items()}
    have = device.spram or 0
    left = have
    for name, f in folding.items():
        words, bits = tables[name]
        if f.storage is not None:
            _check(f.storage, words, device, f"{source}: layer {name!r}: ")
        if f.storage == "spram":
            left -= spram_chips(bits)
            if left < 0:
                raise FoldingError(
                    f"{source}: layer {name!r}: its weights of {bits} bits a word need "
                    f"{spram_chips(bits)} SPRAMs, of which {device.name} has {have} and layers "
                    f"before it take {have - left - spram_chips(bits)}"
                )
    chosen = dict(folding)
    if not have:
        return chosen
    open_names = [n for n, f in folding.items() if f.storage is None and tables[n][0] > 1]
    for name in sorted(open_names, key=lambda n: -_block_rams(*tables[n])):
        words, bits = tables[name]
        fits = words <= SPRAM_WORDS and spram_chips(bits) <= left and _block_rams(words, bits) > 1
        left -= spram_chips(bits) if fits else 0
        chosen[name] = replace(folding[name], storage="spram" if fits else "memory")
    return chosen


def _check(storage: str, words: int, device: Device, about: str) -> None:
    """Refuse a storage that a table of so many words cannot have."""
    if (storage == "constant") != (words == 1):
        kinds = '"constant"' if words == 1 else '"memory" or "spram"'
        raise FoldingError(f"{about}storage must be {kinds} for {words} weight words")
    if storage != "spram":
        return
    if not device.spram:
        those = ", ".join(d.name for d in DEVICES.values() if d.spram)
        raise FoldingError(
            f'{about}storage "spram" needs a device with SPRAM ({those}), not {device.name}'
        )
    if words > SPRAM_WORDS:
        raise FoldingError(
            f"{about}its {words:,} weight words are more than the {SPRAM_WORDS:,} of an SPRAM"
        )


def spram_chips(bits: int) -> int:
    """SPRAMs side by side for words of so many bits."""
    return ceil(bits / SPRAM_BITS)


def _block_rams(words: int, bits: int) -> int:
    """Block RAMs for a table, in the best of their modes."""
    modes = ((256, 16), (512, 8), (1024, 4), (2048, 2))
    return min(ceil(words / depth) * ceil(bits / width) for depth, width in modes)
