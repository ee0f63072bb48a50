"""Binarised neural networks to proven Verilog for small FPGAs.

The main jobs are functions: `build`, `verify`, `synthesise`, `simulate`, `evaluate` and `reload`,
which ``docs/api.md`` shows. A description is a `Model`, read by `load_model` or made by a
`Builder`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hwgen.errors import HwgenError
    from hwgen.jobs.build import Build, build
    from hwgen.jobs.evaluate import Evaluation, evaluate
    from hwgen.jobs.reload import reload
    from hwgen.jobs.synthesise import Synthesis, synthesise
    from hwgen.jobs.verify import Verification, verify
    from hwgen.model import Builder, Model, load_model, save_model
    from sim.simulate import Simulation, simulate

__all__ = [
    "Build",
    "Builder",
    "Evaluation",
    "HwgenError",
    "Model",
    "Simulation",
    "Synthesis",
    "Verification",
    "build",
    "evaluate",
    "load_model",
    "reload",
    "save_model",
    "simulate",
    "synthesise",
    "verify",
]

_HOMES = {
    "Build": "hwgen.jobs.build",
    "Builder": "hwgen.model",
    "Evaluation": "hwgen.jobs.evaluate",
    "HwgenError": "hwgen.errors",
    "Model": "hwgen.model",
    "Simulation": "sim.simulate",
    "Synthesis": "hwgen.jobs.synthesise",
    "Verification": "hwgen.jobs.verify",
    "build": "hwgen.jobs.build",
    "evaluate": "hwgen.jobs.evaluate",
    "load_model": "hwgen.model",
    "reload": "hwgen.jobs.reload",
    "save_model": "hwgen.model",
    "simulate": "sim.simulate",
    "synthesise": "hwgen.jobs.synthesise",
    "verify": "hwgen.jobs.verify",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: hardware and simulators are slow to load, and import this too."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
