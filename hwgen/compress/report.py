"""What a pass did to a description."""

from dataclasses import dataclass
from typing import Any, Protocol

from hwgen.model import Conv2d, Dense, Model

__all__ = ["LayerChannels", "Removed", "Report", "weight_bits"]


class Report(Protocol):
    """What every pass reports."""

    @property
    def changed(self) -> bool:
        """Whether it made another description."""
        ...

    def as_json(self) -> dict[str, Any]:
        """As ``hwgen compress --json`` prints it."""
        ...

    def lines(self) -> list[str]:
        """As a terminal shows it, 80 columns at most."""
        ...


def weight_bits(model: Model) -> int:
    """Bits of all weights of a description."""
    return sum(
        layer.weights.size * layer.weight_bits
        for layer in model.layers
        if isinstance(layer, Conv2d | Dense)
    )


@dataclass(frozen=True)
class LayerChannels:
    """Channels of a layer: how many it had, and how many of them went for which reason.

    ``staying`` are those that are constant, stand for another one or are not read, and are there
    all the same: as padding differs from them, as scores are made of them, as weights of one bit
    cannot say it, or as fewer would fold worse.
    """

    name: str
    channels: int
    unread: int = 0
    constant: int = 0
    duplicate: int = 0
    staying: int = 0

    @property
    def left(self) -> int:
        """Channels that are left."""
        return self.channels - self.unread - self.constant - self.duplicate

    def as_json(self) -> dict[str, Any]:
        """Keys as in docs/contracts.md."""
        return {
            "name": self.name,
            "channels": self.channels,
            "left": self.left,
            "unread": self.unread,
            "constant": self.constant,
            "duplicate": self.duplicate,
            "staying": self.staying,
        }


@dataclass(frozen=True)
class Removed:
    """Report of `hwgen.compress.exact`: layers with something found, and bits of all weights."""

    layers: tuple[LayerChannels, ...]
    weight_bits: int
    weight_bits_left: int

    @property
    def changed(self) -> bool:
        """Whether channels were left out."""
        return any(layer.left < layer.channels for layer in self.layers)

    def as_json(self) -> dict[str, Any]:
        """Keys as in docs/contracts.md."""
        return {
            "layers": [layer.as_json() for layer in self.layers],
            "weight_bits": self.weight_bits,
            "weight_bits_left": self.weight_bits_left,
        }

    def lines(self) -> list[str]:
        """A line for each layer, and one for all."""
        if not self.layers:
            return ["exact: no channel is constant, unread, or the equal of another"]
        found = []
        for layer in self.layers:
            kinds = [
                f"{count:,} {what}"
                for what in ("unread", "constant", "duplicate")
                if (count := getattr(layer, what))
            ]
            stay = [f"{layer.staying:,} found that stay"] if layer.staying else []
            found.append(
                f"exact: {layer.name} has {layer.left:,} of {layer.channels:,} channels: "
                f"{', '.join(kinds + stay)}"
            )
        saved = self.weight_bits - self.weight_bits_left
        return [*found, f"exact: {saved:,} of {self.weight_bits:,} bits of weights less"]
