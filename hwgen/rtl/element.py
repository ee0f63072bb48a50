"""What every processing element has, for the units that place them."""

from typing import Protocol, runtime_checkable

from amaranth.hdl import Module, Signal

__all__ = ["BiasedElement", "Element", "FlaggedElement"]


class Element(Protocol):
    """One output lane of a matrix unit, for one pixel: products of inputs and weights, summed.

    Order, latency and what ``acc`` counts are those of the kind. ``accumulate`` and ``first`` come
    beside the count: take it, start a new sum with it.
    """

    x: Signal
    w: Signal
    accumulate: Signal
    first: Signal
    acc: Signal

    def elaborate(self, platform: object) -> Module:
        """Build the hardware."""
        ...


@runtime_checkable
class BiasedElement(Element, Protocol):
    """An element whose sums start from ``bias``."""

    bias: Signal


@runtime_checkable
class FlaggedElement(Element, Protocol):
    """An element that is told by ``zero`` which inputs are true zeros."""

    zero: Signal
