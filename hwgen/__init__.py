"""Binarised neural networks to proven Verilog for small FPGAs.

The main jobs are functions: `check`, `build`, `verify`, `synthesise`, `energy`, `simulate`,
`evaluate`, `reload`, `show` and `train`, which ``docs/api.md`` shows. A description is a `Model`,
read by `load_model` or made by a `Builder`, or of a module of PyTorch by
`hwgen.importers.from_torch`.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hwgen.accounts.summary import NetworkSummary
    from hwgen.errors import HwgenError
    from hwgen.jobs.build import Build, build
    from hwgen.jobs.check import Check, check
    from hwgen.jobs.energy import Energy, energy
    from hwgen.jobs.evaluate import Evaluation, evaluate
    from hwgen.jobs.reload import reload
    from hwgen.jobs.show import show
    from hwgen.jobs.synthesise import Synthesis, synthesise
    from hwgen.jobs.train import Training, train
    from hwgen.jobs.verify import Verification, verify
    from hwgen.model import Builder, Model, load_model, save_model
    from sim.simulate import Simulation, simulate

__all__ = [
    "Build",
    "Builder",
    "Check",
    "Energy",
    "Evaluation",
    "HwgenError",
    "Model",
    "NetworkSummary",
    "Simulation",
    "Synthesis",
    "Training",
    "Verification",
    "build",
    "check",
    "energy",
    "evaluate",
    "load_model",
    "reload",
    "save_model",
    "show",
    "simulate",
    "synthesise",
    "train",
    "verify",
]

_HOMES = {
    "Build": "hwgen.jobs.build",
    "Builder": "hwgen.model",
    "Energy": "hwgen.jobs.energy",
    "Evaluation": "hwgen.jobs.evaluate",
    "Check": "hwgen.jobs.check",
    "HwgenError": "hwgen.errors",
    "Model": "hwgen.model",
    "NetworkSummary": "hwgen.accounts.summary",
    "Simulation": "sim.simulate",
    "Synthesis": "hwgen.jobs.synthesise",
    "Training": "hwgen.jobs.train",
    "Verification": "hwgen.jobs.verify",
    "build": "hwgen.jobs.build",
    "evaluate": "hwgen.jobs.evaluate",
    "check": "hwgen.jobs.check",
    "energy": "hwgen.jobs.energy",
    "load_model": "hwgen.model",
    "reload": "hwgen.jobs.reload",
    "save_model": "hwgen.model",
    "show": "hwgen.jobs.show",
    "simulate": "sim.simulate",
    "synthesise": "hwgen.jobs.synthesise",
    "train": "hwgen.jobs.train",
    "verify": "hwgen.jobs.verify",
}


def __getattr__(name: str) -> Any:
    """Import what is asked for: hardware and simulators are slow to load, and import this too."""
    if name == "importers":
        return import_module("hwgen.importers")
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
