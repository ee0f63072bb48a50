"""Lay out the units and streams of a folded network."""

from collections.abc import Mapping

from hwgen.errors import ModelError
from hwgen.families.devices import find_device
from hwgen.network import INPUT, Combine, IntegerNetwork, Matrix
from hwgen.plan.folding import Folding
from hwgen.plan.layout import Layout
from hwgen.plan.pipeline import choose_pipeline
from hwgen.plan.plan import Plan
from hwgen.plan.verify_plan import verify_plan

__all__ = ["build_plan"]

PORTS = frozenset(
    ["clk", "rst", "input", "output"]
    + [
        f"s_{port}_{signal}"
        for port in ("axis", "weights")
        for signal in ("tdata", "tvalid", "tready")
    ]
    + ["weights_loaded"]
    + [f"m_axis_{signal}" for signal in ("tdata", "tvalid", "tready", "tlast", "tuser")]
)
"""Names that the top module has already, for its ports and inside."""


def build_plan(
    network: IntegerNetwork,
    folding: Mapping[str, Folding],
    *,
    device: str = "generic",
    clock_mhz: float | None = None,
) -> Plan:
    """Plan of a network under a folding that divides (see `parse_folding`).

    Raises
    ------
    ModelError
        If a layer's name is also the name of a unit made for another layer.
    """
    found = find_device(device)
    layout = Layout(network, found.family, choose_pipeline(found, clock_mhz))
    layout.close(INPUT)
    for stage in network.stages:
        if not isinstance(stage, Combine):
            layout.open(stage.source)
        if isinstance(stage, Matrix):
            layout.matrix(stage, folding[stage.name])
        else:
            layout.other(stage)
        layout.close(stage.name)
    layout.finish()
    names = [u.name.lower() for u in layout.units]
    for unit in layout.units:
        name = unit.name.lower()
        if names.count(name) > 1 or name == network.name.lower() or name in PORTS:
            raise ModelError(
                f"{network.source}: layer {unit.stage!r}: its unit {unit.name!r} collides with "
                "another name in the Verilog"
            )
    return verify_plan(
        Plan(
            network.name,
            device,
            clock_mhz,
            tuple(layout.units),
            tuple(layout.streams),
            tuple(layout.layers),
            {name: f.as_json() for name, f in folding.items()},
        )
    )
