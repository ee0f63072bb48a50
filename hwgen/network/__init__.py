"""The integer network: its stages, who reads whom, and the checks on both."""

from hwgen.network.integer_network import INPUT, IntegerNetwork
from hwgen.network.stages import (
    BIPOLAR,
    Combine,
    Element,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    StageBase,
    SumPool,
    Threshold,
)

__all__ = [
    "BIPOLAR",
    "INPUT",
    "Combine",
    "Element",
    "IntegerNetwork",
    "Levels",
    "Matrix",
    "Pool",
    "Requantise",
    "Stage",
    "StageBase",
    "SumPool",
    "Threshold",
]
