"""How often nets change in units of a kind, and what goes with that: from simulated designs."""

from collections.abc import Mapping
from typing import NamedTuple

from hwgen.plan.plan import Plan
from hwgen.power.events import Events

__all__ = [
    "COUNTED_UNCERTAINTY",
    "NETLIST_UNCERTAINTY",
    "PLANNED_UNCERTAINTY",
    "KindActivity",
    "activity_of",
    "edge_events",
]


class KindActivity(NamedTuple):
    """Of units of a kind: registers of a logic cell, and how often a register and an operator's
    output change in a transfer of the unit."""

    registers: float
    register: float
    lut: float


_COMPUTES = KindActivity(0.45, 0.36, 0.37)
_MOVES = KindActivity(0.28, 0.06, 0.10)
_STORES = KindActivity(0.80, 0.25, 0.20)

_KINDS: Mapping[str, KindActivity] = {
    **dict.fromkeys(("window", "map", "scores", "deal", "reorder", "fork", "join"), _MOVES),
    **dict.fromkeys(("fifo", "slice", "pack", "unpack"), _STORES),
}

NETLIST_UNCERTAINTY: Mapping[str, float] = {"weight bit": 0.05, "pin": 0.5}
COUNTED_UNCERTAINTY: Mapping[str, float] = {"lut": 0.25, "carry": 0.5, "register bits": 0.1} | (
    NETLIST_UNCERTAINTY
)
PLANNED_UNCERTAINTY: Mapping[str, float] = {
    "lut": 0.4,
    "carry": 0.6,
    "register": 0.4,
    "register bits": 0.3,
    "memory data": 0.4,
    "ram read": 0.15,
    "ram write": 0.5,
    "product": 0.5,
} | NETLIST_UNCERTAINTY
"""How far counts of each event may be off, relative, where they are from the netlist, from emitted
Verilog, and from the plan alone."""

LINK_CHANGES = 5
"""Changes of the pin of a serial line for a byte of random bits, which it sends in ten."""


def activity_of(kind: str) -> KindActivity:
    """Activity of units of a kind; of those that nothing is said of, as of those that compute."""
    return _KINDS.get(kind, _COMPUTES)


def edge_events(plan: Plan) -> Events:
    """What happens at the edge of the part in a frame: pictures that come in and scores that leave
    by a serial line, and weights from a memory beside it."""
    sent = sum(s.payload_bits * s.transfers_per_frame for s in (plan.entry, plan.exit)) / 8
    weights = plan.weights
    bits = weights.payload_bits * weights.transfers_per_frame if weights else 0
    return {"pin": LINK_CHANGES * sent, "weight bit": float(bits)}
