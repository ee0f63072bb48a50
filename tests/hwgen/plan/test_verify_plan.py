"""A plan with any fault is refused, and the unit named."""

import re
from dataclasses import replace

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.errors import FoldingError
from hwgen.model import Builder
from hwgen.plan.plan import Plan
from hwgen.plan.units import Convert, Fifo
from hwgen.plan.verify_plan import verify_plan


def face() -> Plan:
    return make_design(small_face()).plan


def residual() -> Plan:
    """Two convolutions whose results are added, folded so that one path is unpacked for that."""
    rng = np.random.default_rng(4)
    builder = Builder("residual", height=6, width=6, channels=3)
    for name in ("a", "c"):
        builder.conv2d(
            rng.choice([-1, 1], (8, 3, 3, 3 if name == "a" else 8)),
            name,
            padding="same",
            **({"pad_pixel": 0} if name == "a" else {"pad_value": 1}),
        )
        if name == "a":
            builder.sign("bits")
    builder.quantise(4, signed=True, name="q").add(["bits", "q"], "sum")
    folding = {"a": {"pe": 8, "simd": 3}, "c": {"pe": 2, "simd": 8}}
    return make_design(builder.build(), folding=(folding, "folding")).plan


def unit(plan: Plan, which: str, **changes) -> Plan:
    units = [replace(u, **changes) if u.name == which else u for u in plan.units]
    return replace(plan, units=tuple(units))


def stream(plan: Plan, which: str, **changes) -> Plan:
    streams = [replace(s, **changes) if s.name == which else s for s in plan.streams]
    return replace(plan, streams=tuple(streams))


def without(plan: Plan, name: str) -> Plan:
    """Plan without a FIFO or a slice: its two streams are one."""
    gone = plan.unit(name)
    into, out = plan.inputs_of(gone)["i"], plan.outputs_of(gone)["o"]
    joined = replace(into, target=out.target, target_port=out.target_port)
    streams = [joined if s == into else s for s in plan.streams if s != out]
    return replace(
        plan, units=tuple(u for u in plan.units if u.name != name), streams=tuple(streams)
    )


def test_plans_of_this_package_are_good():
    for plan in (face(), residual()):
        assert verify_plan(plan) is plan


CONV = "conv1_window_to_conv1"
FAULTS = {
    "a name twice": (lambda p: unit(p, "conv1", name="CONV2"),
                     r"unit 'conv2': 2 units have this name"),
    "a stream's name twice": (lambda p: stream(p, CONV, name="input_to_conv1_window"),
                              r"stream 'input_to_conv1_window': 2 streams have this name"),
    "no target": (lambda p: stream(p, CONV, target="nobody"),
                  rf"stream '{CONV}': comes from or goes to no unit of the plan"),
    "backwards": (lambda p: stream(p, "conv2_window_to_conv2", source="fc"),
                  r"stream 'conv2_window_to_conv2': goes back to an earlier unit"),
    "two into one port": (lambda p: replace(p, streams=(*p.streams[:-1], replace(
        p.streams[1], name="more"), p.streams[-1])),
                          r"unit 'conv1_window': gives the streams o, o, not each of its own"),
    "no words": (lambda p: stream(p, CONV, transfers_per_frame=0),
                 rf"stream '{CONV}': has no words"),
    "another width": (lambda p: stream(p, CONV, payload_bits=5),
                      r"unit 'conv1_window': gives on 'o' words of 5 bits, not the \d+ of its"),
    "a unit's width": (lambda p: unit(p, "conv2", in_bits=3),
                       r"unit 'conv2': takes on 'i' words of \d+ bits, not the 3 of its port"),
    "other words": (lambda p: stream(p, "conv1_to_pool1_window", transfers_per_frame=7),
                    r"unit 'conv1': takes \[\d+\] words a frame and gives \[7\]"),
    "another fold": (lambda p: unit(p, "conv2", synapse_fold=5),
                     r"unit 'conv2': takes \[\d+\] words a frame and gives \[\d+\]"),
    "a small buffer": (lambda p: unit(p, "conv1_window", slots=0),
                       r"unit 'conv1_window': has 0 words or rows, not \d+"),
    "an output inside": (lambda p: stream(p, CONV, target="output"),
                         r"streams: the first one, and no other, comes from the input"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_found(name):
    plant, message = FAULTS[name]
    with pytest.raises(FoldingError, match=rf"^mini: {message}"):
        verify_plan(plant(face()))


def test_no_two_units_in_a_row_pass_ready_on():
    plan = residual()
    unpacks = {u.name: u for u in plan.units if isinstance(u, Convert) and not u.up}
    fifo = next(
        u for u in plan.units
        if isinstance(u, Fifo) and plan.inputs_of(u)["i"].source in unpacks
    )  # fmt: skip
    unpack = unpacks[plan.inputs_of(fifo)["i"].source]
    why = f"unit 'sum': passes `ready` on to {unpack.name!r}, which passes it on in the same cycle"
    with pytest.raises(FoldingError, match=f"^residual: {re.escape(why)}$"):
        verify_plan(without(plan, fifo.name))
