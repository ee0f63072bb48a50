"""Plans with a residual path, and their hardware, without weights: timing is all they are for."""

from small_plans import window

from hwgen.hardware import build_top
from hwgen.network import IntegerNetwork
from hwgen.plan.plan import Plan, Stream
from hwgen.plan.units import Convert, Fifo, Fork, Join, Scores, Unit

__all__ = ["residual_plan", "residual_top"]

BITS = 4


def residual_plan(
    *, size: int = 6, kernel: int = 3, branch_depth: int = 2, skip_depth: int = 40
) -> Plan:
    """Words to a window of ``kernel`` x ``kernel`` taps that are packed into one, and around it."""
    taps = kernel * kernel
    unit = {"stage": "x", "in_bits": BITS, "out_bits": BITS}
    wide = BITS * taps
    whole = -(-(wide + BITS) // 8) * 8
    units: tuple[Unit, ...] = (
        Fork(name="split", count=2, **unit),
        window("window", size=size, kernel=kernel, slots=kernel + 1, bits=BITS),
        Convert(name="pack", stage="x", in_bits=BITS, out_bits=wide, count=taps, up=True),
        Fifo(name="branch", stage="x", in_bits=wide, out_bits=wide, depth=branch_depth),
        Fifo(name="skip", depth=skip_depth, **unit),
        Join(name="meet", stage="x", in_bits=wide + BITS, out_bits=wide + BITS, parts=(wide, BITS)),
        Scores(
            name="scores", stage="x", bits=wide + BITS, signed=False, bipolar=False, lanes=1,
            words=1, argmax=None, in_bits=wide + BITS, out_bits=whole + 1,
        ),
    )  # fmt: skip
    n = size * size
    streams = (
        Stream("input_to_split", "input", "split", BITS, n),
        Stream("split_to_window", "split", "window", BITS, n, source_port="o_0"),
        Stream("window_to_pack", "window", "pack", BITS, n * taps),
        Stream("pack_to_branch", "pack", "branch", wide, n),
        Stream("branch_to_meet", "branch", "meet", wide, n, target_port="i_0"),
        Stream("split_to_skip", "split", "skip", BITS, n, source_port="o_1"),
        Stream("skip_to_meet", "skip", "meet", BITS, n, target_port="i_1"),
        Stream("meet_to_scores", "meet", "scores", wide + BITS, n),
        Stream("output", "scores", "output", whole + 1, n),
    )
    return Plan("residual", "generic", 24.0, units, streams, (), {})


def residual_top(plan: Plan):
    """Component of such a plan."""
    network = IntegerNetwork(plan.name, (1, 1, 1), (), (1, 1, 1), (), (), "test")
    return build_top(network, plan)
