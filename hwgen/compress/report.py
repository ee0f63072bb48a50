"""What a pass did to a description."""

from dataclasses import dataclass
from typing import Any, Protocol

from hwgen.model import Conv2d, Dense, Model

__all__ = ["LayerChannels", "Removed", "Report", "weight_bits"]


class Report(Protocol):
    """What every pass reports."""

    @property
    def line(self) -> str:
        """As a terminal shows it, in a line or several."""
        ...

    def to_json(self) -> dict[str, Any]:
        """The same as JSON, its key ``pass`` naming the pass."""
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

    @property
    def line(self) -> str:
        """Sentence about them."""
        counts = [("unread", self.unread), ("constant", self.constant)]
        counts += [("duplicate", self.duplicate), ("staying all the same", self.staying)]
        found = ", ".join(f"{count:,} {what}" for what, count in counts if count)
        return f"{self.name}: {self.left:,} of {self.channels:,} channels left, {found}"

    def to_json(self) -> dict[str, Any]:
        """Keys of docs/contracts.md."""
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

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"pass": "exact", **self.figures()}

    def figures(self) -> dict[str, Any]:
        """What a manifest has of it, as ``removed``."""
        return {
            "layers": [layer.to_json() for layer in self.layers],
            "weight_bits": self.weight_bits,
            "weight_bits_left": self.weight_bits_left,
        }

    def refused(self) -> "Removed":
        """The same where all channels are kept."""
        layers = tuple(
            LayerChannels(x.name, x.channels, staying=x.channels - x.left + x.staying)
            for x in self.layers
        )
        return Removed(layers, self.weight_bits, self.weight_bits)

    @property
    def line(self) -> str:
        """A line for each layer, and one for all."""
        if not self.layers:
            return "no channel is constant, unread, or stands for another"
        saved = self.weight_bits - self.weight_bits_left
        return "\n".join(
            [layer.line for layer in self.layers]
            + [f"{saved:,} of {self.weight_bits:,} bits of weights saved"]
        )
