"""Plans of a few units in a row: timing is all they are for."""

from hwgen.plan.plan import Plan, Stream
from hwgen.plan.units import Fifo, Unit

__all__ = ["BITS", "chain", "fifo"]

BITS = {"stage": "s", "in_bits": 8, "out_bits": 8}


def fifo(name: str, depth: int) -> Fifo:
    return Fifo(name=name, **BITS, depth=depth)


def chain(*units: Unit, words: tuple[int, ...]) -> Plan:
    """Units in a row; ``words`` are the transfers a frame of each stream."""
    names = ["input", *(u.name for u in units), "output"]
    ends = zip(names[:-1], names[1:], words, strict=True)
    streams = [Stream(f"{a}_to_{b}", a, b, 8, n) for a, b, n in ends]
    return Plan("chain", "generic", None, units, tuple(streams), (), {})
