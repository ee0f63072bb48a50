"""In which matrix stages memory has indices of a code book instead of weights."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache

from hwgen.errors import FoldingError
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork, Matrix
from hwgen.plan.folding import Folding, weight_words
from hwgen.plan.unit_price import RAM_CELLS
from hwgen.plan.weight_columns import lookup_cells
from hwgen.plan.weight_storage import WeightStorage
from hwgen.sizes.code_book import MOST_INDEX_BITS, index_bits_of
from hwgen.sizes.memory_map import Memory, map_memory
from hwgen.sizes.spram import spram_chips

__all__ = ["choose_code_books", "saved_memories", "stage_index_bits"]


@lru_cache(maxsize=1024)
def stage_index_bits(stage: Matrix) -> int | None:
    """Bits of an index of a stage's weights; None where weights have no more."""
    if stage.weight_element.bipolar:
        return None
    bits = index_bits_of(stage.weights)
    return bits if bits < stage.weight_bits and bits <= MOST_INDEX_BITS else None


def saved_memories(stage: Matrix, folding: Folding, index_bits: int, device: Device) -> int:
    """Memories that hold indices of so many bits in less than they hold the weights in.

    SPRAMs, or where the weights are asked for elsewhere or anywhere, block RAMs.
    """
    plain, coded = (
        weight_words(stage, replace(folding, codebook=bits)) for bits in (0, index_bits)
    )
    if folding.storage == WeightStorage.SPRAM:
        return spram_chips(plain[1]) - spram_chips(coded[1])
    return _rams(*plain, device) - _rams(*coded, device)


def choose_code_books(
    network: IntegerNetwork, folding: Mapping[str, Folding], device: Device, source: str
) -> dict[str, Folding]:
    """Check what was asked for, and choose for the other stages whose weights have few values.

    A code book is chosen where the memories that it saves are worth more than its logic, or for no
    part in particular where it saves more bits than its tables have.

    Parameters
    ----------
    source : str
        Folding file, or description where there is none, for messages.

    Raises
    ------
    FoldingError
        If what was asked for cannot be; names file, layer and constraint.
    """
    chosen = dict(folding)
    for name, f in folding.items():
        stage = network.matrices[name]
        if f.codebook:
            _check(stage, f, f"{source}: layer {name!r}: codebook must ")
        bits = stage_index_bits(stage)
        if f.codebook is None and bits is not None and _can(stage, f):
            pays = _pays(stage, f, bits, device)
            chosen[name] = replace(f, codebook=bits if pays else 0)
    return chosen


def _can(stage: Matrix, folding: Folding) -> bool:
    """Whether weights lie in a memory of the design's own."""
    return weight_words(stage, folding)[0] > 1 and folding.storage != WeightStorage.EXTERNAL


def _pays(stage: Matrix, folding: Folding, bits: int, device: Device) -> bool:
    words = weight_words(stage, folding)[0]
    if not device.family.rams:
        return words * (stage.weight_bits - bits) > stage.weight_bits << bits
    cells = folding.pe * folding.simd * lookup_cells(stage, bits)
    return saved_memories(stage, folding, bits, device) * RAM_CELLS > cells


def _rams(words: int, bits: int, device: Device) -> int:
    return map_memory(Memory(words, bits, "rom"), device.family).ebr


def _check(stage: Matrix, folding: Folding, about: str) -> None:
    """Refuse a code book that a stage cannot have."""
    bits = folding.codebook
    assert bits is not None
    if stage.weight_element.bipolar:
        raise FoldingError(f"{about}be 0 for weights of one bit, not {bits}")
    if not _can(stage, folding):
        raise FoldingError(f"{about}be 0 where weights are wired in or come in, not {bits}")
    most = min(stage.weight_bits - 1, MOST_INDEX_BITS)
    if bits > most:
        raise FoldingError(f"{about}be at most {most} bits, not {bits}")
    least = index_bits_of(stage.weights)
    if bits < least:
        raise FoldingError(f"{about}be at least {least} bits for its weights, not {bits}")
