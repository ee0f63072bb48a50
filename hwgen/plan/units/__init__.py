"""The units of a plan, a file each: figures, buffers, memories, and what cells depend on."""

from hwgen.plan.units.base import Buffer, UnitBase
from hwgen.plan.units.combine import CombinePlan
from hwgen.plan.units.convert import Convert
from hwgen.plan.units.deal import Deal
from hwgen.plan.units.fifo import Fifo
from hwgen.plan.units.fork import Fork
from hwgen.plan.units.join import Join
from hwgen.plan.units.map import MapPlan
from hwgen.plan.units.matrix import MatrixPlan
from hwgen.plan.units.pool import PoolPlan
from hwgen.plan.units.register import Register
from hwgen.plan.units.reorder import ReorderPlan
from hwgen.plan.units.requantise import RequantisePlan
from hwgen.plan.units.scores import Scores
from hwgen.plan.units.search import SearchPlan
from hwgen.plan.units.slice import Slice
from hwgen.plan.units.window import WindowPlan

__all__ = [
    "Buffer",
    "CombinePlan",
    "Convert",
    "Deal",
    "Fifo",
    "Fork",
    "Join",
    "MapPlan",
    "MatrixPlan",
    "PoolPlan",
    "Register",
    "ReorderPlan",
    "RequantisePlan",
    "Scores",
    "SearchPlan",
    "Slice",
    "Unit",
    "UnitBase",
    "WindowPlan",
]

Unit = (
    CombinePlan
    | Convert
    | Deal
    | Fifo
    | Fork
    | Join
    | MapPlan
    | MatrixPlan
    | PoolPlan
    | Register
    | ReorderPlan
    | RequantisePlan
    | Scores
    | SearchPlan
    | Slice
    | WindowPlan
)
"""All kinds: what tells them apart ends in `assert_never`, so that a new one is missed nowhere."""
