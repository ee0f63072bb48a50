"""Plans of a few units in a row: timing is all they are for."""

from hwgen.plan.plan import Plan, Stream
from hwgen.plan.units import Fifo, Unit, WindowPlan

__all__ = ["BITS", "chain", "fifo", "window"]

BITS = {"stage": "s", "in_bits": 8, "out_bits": 8}


def fifo(name: str, depth: int) -> Fifo:
    return Fifo(name=name, **BITS, depth=depth)


def window(name: str, *, size: int, kernel: int, slots: int, bits: int = 8) -> WindowPlan:
    """Windows of ``kernel`` x ``kernel`` taps around each of ``size`` x ``size`` words."""
    side = kernel // 2
    return WindowPlan(
        name=name, stage="s", in_shape=(size, size, 1), bits=bits, kernel=(kernel, kernel),
        stride=(1, 1), dilation=(1, 1), padding=(side, kernel - 1 - side) * 2, pad=0,
        block=(1, 1), taps=(1, 1), blocks=(size, size), group=1, repeats=1, channels_outer=False,
        slots=slots, in_bits=bits, out_bits=bits,
    )  # fmt: skip


def chain(*units: Unit, words: tuple[int, ...]) -> Plan:
    """Units in a row; ``words`` are the transfers a frame of each stream."""
    names = ["input", *(u.name for u in units), "output"]
    ends = zip(names[:-1], names[1:], words, strict=True)
    streams = [Stream(f"{a}_to_{b}", a, b, 8, n) for a, b, n in ends]
    return Plan("chain", "generic", None, units, tuple(streams), (), {})
