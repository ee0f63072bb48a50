"""Where the weights of each matrix stage lie: wired in, in block RAM, or in SPRAM."""

from collections.abc import Mapping
from dataclasses import replace

from hwgen.errors import FoldingError
from hwgen.families.devices import DEVICES
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork
from hwgen.plan.folding import Folding, weight_words
from hwgen.plan.weight_storage import WeightStorage
from hwgen.sizes.memory_map import fewest_rams
from hwgen.sizes.spram import SPRAM_WORDS, spram_chips

__all__ = ["choose_storage", "needs_spram"]


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
    tables = {name: weight_words(network.matrices[name], f) for name, f in folding.items()}
    have = device.spram or 0
    left = have
    for name, f in folding.items():
        words, bits = tables[name]
        if f.storage is not None:
            _check(f.storage, words, device, f"{source}: layer {name!r}: ")
        if f.storage == WeightStorage.SPRAM:
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
    for name in sorted(open_names, key=lambda n: -fewest_rams(*tables[n], device.family)):
        words, bits = tables[name]
        rams = fewest_rams(words, bits, device.family)
        fits = words <= SPRAM_WORDS and spram_chips(bits) <= left and rams > 1
        left -= spram_chips(bits) if fits else 0
        storage = WeightStorage.SPRAM if fits else WeightStorage.MEMORY
        chosen[name] = replace(folding[name], storage=storage)
    return chosen


def needs_spram(device: Device) -> str:
    """Words on weights in SPRAM for a device that has none."""
    those = ", ".join(d.name for d in DEVICES.values() if d.spram)
    return f'storage "spram" needs a device with SPRAM ({those}), not {device.name}'


def _check(storage: WeightStorage, words: int, device: Device, about: str) -> None:
    """Refuse a storage that a table of so many words cannot have."""
    if storage == WeightStorage.EXTERNAL:
        return
    if (storage == WeightStorage.CONSTANT) != (words == 1):
        kinds = '"constant"' if words == 1 else '"memory", "spram" or "external"'
        raise FoldingError(f"{about}storage must be {kinds} for {words} weight words")
    if storage != WeightStorage.SPRAM:
        return
    if not device.spram:
        raise FoldingError(about + needs_spram(device))
    if words > SPRAM_WORDS:
        raise FoldingError(
            f"{about}its {words:,} weight words are more than the {SPRAM_WORDS:,} of an SPRAM"
        )
