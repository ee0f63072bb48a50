"""The ports of a design, as its Verilog declares them."""

from dataclasses import dataclass
from typing import Any

from hwgen.plan.plan import Plan
from hwgen.plan.units import Scores
from hwgen.sizes.streamed import WEIGHT_PORT_BITS

__all__ = ["Port", "Role", "design_ports"]

Role = str
"""What a port is part of: "clock", "reset", "pixels", "scores", "weights"."""


@dataclass(frozen=True)
class Port:
    """A port of the top module.

    Parameters
    ----------
    name : str
    direction : str
        "input" or "output", as seen from the design.
    width : int
        In bits.
    role : Role
    """

    name: str
    direction: str
    width: int
    role: Role

    def as_json(self) -> dict[str, Any]:
        """Return the entry of the manifest."""
        return {
            "name": self.name,
            "direction": self.direction,
            "width": self.width,
            "role": self.role,
        }


def design_ports(plan: Plan, *, input_tlast: bool = False) -> tuple[Port, ...]:
    """Ports of a plan's design: clock, reset, then each stream, what is not always there last.

    Parameters
    ----------
    input_tlast : bool
        Whether the end of each picture is marked, see `hwgen.rtl.frame_guard`.
    """
    last = plan.units[-1]
    assert isinstance(last, Scores), last

    def taken(name: str, width: int, role: Role) -> Port:
        return Port(name, "input", width, role)

    def given(name: str, width: int, role: Role) -> Port:
        return Port(name, "output", width, role)

    found = [
        taken("clk", 1, "clock"),
        taken("rst", 1, "reset"),
        taken("s_axis_tdata", -(-plan.entry.payload_bits // 8) * 8, "pixels"),
        taken("s_axis_tvalid", 1, "pixels"),
        given("s_axis_tready", 1, "pixels"),
    ]
    if input_tlast:
        found += [taken("s_axis_tlast", 1, "pixels")]
    found += [
        given("m_axis_tdata", last.data_bits, "scores"),
        given("m_axis_tvalid", 1, "scores"),
        taken("m_axis_tready", 1, "scores"),
        given("m_axis_tlast", 1, "scores"),
    ]
    if last.index_bits:
        found += [given("m_axis_tuser", last.index_bits, "scores")]
    if input_tlast:
        found += [given("error", 1, "scores")]
    if plan.load_words or plan.weights:
        found += [
            taken("s_weights_tdata", WEIGHT_PORT_BITS, "weights"),
            taken("s_weights_tvalid", 1, "weights"),
            given("s_weights_tready", 1, "weights"),
        ]
    if plan.load_words:
        found += [given("weights_loaded", 1, "weights")]
    if plan.weights:
        found += [taken("s_weights_tlast", 1, "weights"), given("weights_error", 1, "weights")]
    return tuple(found)
