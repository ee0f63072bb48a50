"""Figures of the talk for its width study and its CIFAR-100 family, by names of our networks."""

from dataclasses import dataclass
from typing import Literal

__all__ = ["FAMILY", "NETWORKS", "OTHERS", "REFERENCE", "WIDTHS", "Slide"]

Group = Literal["width", "family", "other"]


@dataclass(frozen=True)
class Slide:
    """What the talk says of a network; None where it says nothing.

    ``accuracy`` is in percent for the width study, of `REFERENCE`'s for the family, whose
    ``computation`` and ``memory`` are in percent of `REFERENCE`'s too.
    """

    name: str
    group: Group
    accuracy: int | None = None
    computation: int | None = None
    memory: int | None = None
    channels: tuple[int, ...] = ()
    """Of the convolutions, where the talk lists them."""


REFERENCE = "F-6-m1-k1"
"""The CNN of 16 bits that the family's figures are relative to."""

WIDTHS = (
    Slide("width-1", "width", 89, channels=(64, 64, 128, 128, 256, 256, 64, 32)),
    Slide("width-2", "width", 84, channels=(64, 64, 64, 64, 64, 64, 32, 16)),
    Slide("width-3", "width", 74, channels=(64, 32, 64, 128, 32, 16, 32, 16)),
    Slide("width-4", "width", 50, channels=(32, 64, 32, 64, 32, 16, 16, 8)),
    Slide("width-5", "width", 78, channels=(64, 128, 48, 64, 32, 16)),
    Slide("width-6", "width", 83, channels=(128, 64, 48, 96, 32, 16)),
    Slide("width-7", "width", 81, channels=(64, 32, 128, 64, 32, 16)),
    Slide("width-8", "width", 90, channels=(128, 64, 48, 96, 32, 16)),
)

FAMILY = (
    Slide("F-6-m1-k1", "family", 100, 100, 100),
    Slide("B-6-m1-k1", "family", 20, 6, 6),
    Slide("B-6-m1-k3", "family", 33, 56, 19),
    Slide("B-6-m1-k5", "family", 56, 156, 31),
    Slide("B-6-m1-k8", "family", 80, 400, 50),
    Slide("B-6-m1-k10", "family", 100, 625, 63),
    Slide("B-12-m1-k1", "family", 24, 13, 6),
    Slide("B-12-m1-k1-r", "family", 33, 13, 6),
    Slide("B-12-m1-k2-r", "family", 60, 50, 13),
    Slide("B-12-m1-k4-r", "family", 80, 200, 25),
    Slide("B-12-m2-k2-r-fl", "family", 80, 175, 13),
    Slide("B-18-m2-k2-r-fl", "family", 88, 200, 13),
    Slide("B-24-m2-k2-r-fl", "family", 96, 225, 13),
    Slide("B-30-m2-k2-r-fl", "family", 103, 250, 13),
)

OTHERS = (Slide("cnv", "other"),)
"""Networks beside the talk's: the topology that most published figures are of."""

NETWORKS = {slide.name: slide for slide in (*WIDTHS, *FAMILY, *OTHERS)}
