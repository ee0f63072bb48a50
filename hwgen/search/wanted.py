"""What all layers are asked for: where weights lie, and what multiplies."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TypeVar

from hwgen.errors import FoldingError, describe
from hwgen.families.family import Device
from hwgen.network import IntegerNetwork
from hwgen.plan.folding import Folding
from hwgen.plan.products import Products
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.foldings import LARGEST_SIMD
from hwgen.search.outside import outsiders
from hwgen.search.products import can_multiply, needs_multipliers
from hwgen.search.storage import needs_spram

__all__ = ["ANYTHING", "Wanted"]

Kind = TypeVar("Kind", bound=StrEnum)


@dataclass(frozen=True)
class Wanted:
    """What a search may choose from; None leaves it all.

    Parameters
    ----------
    storage : WeightStorage or None
        Of all layers. A table of one word is no memory: with "memory" and "spram" it is wired in,
        as it is without them, and "constant" has no others. With "memory", "spram" and "constant"
        no weights come from outside.
    products : Products or None
        Of all layers whose inputs and weights both have more than a bit; others have no choice.
    """

    storage: WeightStorage | None = None
    products: Products | None = None

    @classmethod
    def of(cls, storage: str | None, products: str | None) -> "Wanted":
        """What words ask for.

        Raises
        ------
        FoldingError
            For a word that there is not.
        """
        return cls(
            None if storage is None else _known("storage", storage, WeightStorage),
            None if products is None else _known("products", products, Products),
        )

    def allows(self, words: int, folding: Folding) -> bool:
        """Whether a folding whose weights are so many words is one to choose from."""
        if self.products is not None and folding.products not in (None, self.products):
            return False
        match self.storage:
            case None | WeightStorage.EXTERNAL:
                return True
            case WeightStorage.CONSTANT:
                return words == 1
            case WeightStorage.MEMORY:
                return folding.storage != WeightStorage.SPRAM
            case WeightStorage.SPRAM:
                return words == 1 or folding.storage == WeightStorage.SPRAM

    def outside(self, network: IntegerNetwork) -> list[str]:
        """Layers whose weights may come from outside; those of `outsiders`, or none of them."""
        return outsiders(network) if self.storage in (None, WeightStorage.EXTERNAL) else []

    def check(self, network: IntegerNetwork, device: Device) -> None:
        """Refuse what no folding of a network can have on a device.

        Raises
        ------
        FoldingError
            Says what is missing, and names the layer, if it is one.
        """
        about = f"{network.source}: "
        if self.storage == WeightStorage.SPRAM and not device.spram:
            raise FoldingError(about + needs_spram(device))
        if self.storage == WeightStorage.EXTERNAL:
            able = outsiders(network)
            for name, stage in network.matrices.items():
                if name not in able:
                    why = (
                        "for a depthwise layer: its weights are few" if stage.depthwise
                        else "where no folding has words that fill those of the port"
                    )  # fmt: skip
                    raise FoldingError(
                        f'{about}layer {name!r}: storage must not be "external" {why}'
                    )
        if self.products == Products.DSP:
            if not device.dsp:
                raise FoldingError(about + needs_multipliers(device))
            if not any(map(can_multiply, network.matrices.values())):
                raise FoldingError(
                    f'{about}products must not be "dsp", as inputs or weights of each layer are '
                    "only -1 and +1"
                )

    def none_of(self, layer: str) -> str:
        """Words for a layer of which no folding is one to choose from."""
        asked = [f'storage "{self.storage}"'] if self.storage else []
        asked += [f'products "{self.products}"'] if self.products else []
        return (
            f"layer {layer!r}: no folding of up to {LARGEST_SIMD} input lanes has "
            + " and ".join(asked)
        )


def _known(what: str, word: str, kind: type[Kind]) -> Kind:
    found = next((known for known in kind if known == word), None)
    if found is None:
        raise FoldingError(f"{what} must be one of {', '.join(kind)}, not {describe(word)}")
    return found


ANYTHING = Wanted()
"""Nothing asked for."""
