"""A network as numbers: layers and their precision, without weights."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["BIT", "WIDE", "Conv", "Grid", "Pool", "Precision", "Topology"]

Pool = Literal["max", "ceil", "global"]


@dataclass(frozen=True)
class Conv:
    """Convolution, batch normalisation, activation and pool: the talk's CBP.

    ``pool`` is 2 x 2 at stride 2, dropping ("max") or keeping ("ceil") what overhangs, or the mean
    of the whole map ("global"). ``shortcut`` adds what the layer before this one reads to what this
    one puts out, ahead of the activation. ``depthwise`` gives each channel a kernel of its own;
    ``channels`` are then as many as it reads.
    """

    channels: int
    kernel: int = 3
    stride: int = 1
    valid: bool = False
    pool: Pool | None = None
    shortcut: bool = False
    norm: bool = True
    depthwise: bool = False


@dataclass(frozen=True)
class Precision:
    """Bits of a layer's weights and of the activations that it reads; 1 is -1/+1.

    The first layer reads pixels whatever ``inputs`` says.
    """

    weights: int
    inputs: int


@dataclass(frozen=True)
class Grid:
    """Scores as the grid of YOLO v1: cells (rows, columns), boxes of each, names of classes."""

    cells: tuple[int, int]
    boxes: int
    classes: tuple[str, ...]


@dataclass(frozen=True)
class Topology:
    """A network: convolutions, then dense layers, with the precision of each in their order.

    ``grid`` says what its scores are, where they are no classes. ``dense_norm`` puts a batch
    normalisation behind each dense layer but the last.
    """

    name: str
    picture: tuple[int, int, int]
    convs: tuple[Conv, ...]
    dense: tuple[int, ...]
    precisions: tuple[Precision, ...]
    grid: Grid | None = None
    dense_norm: bool = False

    @property
    def layers(self) -> int:
        """Layers with weights."""
        return len(self.convs) + len(self.dense)


BIT = Precision(1, 1)
WIDE = Precision(16, 16)
