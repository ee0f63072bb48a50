"""Events that take energy: what they are called, and which component of a design they belong to."""

__all__ = ["CLOCK_CYCLE", "COMPONENTS", "EVENTS", "Events"]

Events = dict[str, float]
"""Number of events by kind."""

CLOCK_CYCLE = "clock cycle"
"""The event of the clock's tree: it reaches the part of the die that the design is on."""

EVENTS: dict[str, str] = {
    CLOCK_CYCLE: "clock tree and registers",
    "register bits": "clock tree and registers",
    "register": "clock tree and registers",
    "lut": "LUTs and routing",
    "carry": "carry chains",
    "ram read": "block RAM",
    "ram write": "block RAM",
    "memory data": "block RAM",
    "spram": "SPRAM",
    "product": "DSP",
    "pin": "I/O",
    "weight bit": "weights from outside",
}
"""Kinds of events and their components: a cycle of the clock; a register that is clocked; a
register, a LUT or a carry that changes; a block RAM that is read or written, and a bit of its data
that changes; an SPRAM that is accessed; a bit at a multiplier that changes; a pin that changes; and
a bit of weights that comes from a memory beside the part."""

COMPONENTS = ("static", "clock source", *dict.fromkeys(EVENTS.values()))
"""All components, as they are reported."""
