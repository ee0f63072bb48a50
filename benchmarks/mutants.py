"""Mutants of a design: faults of one bit in its netlist, one of them at a time in one program."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from numpy.typing import NDArray

from hwgen.design import Design
from hwgen.errors import ToolError
from hwgen.generate import emit_files
from hwgen.synth.lift_memories import lift_memories
from sim.benches.cxxrtl_bench import CxxrtlBench
from sim.benches.trials import Trial
from sim.benches.verify_design import ports_of, weights_beside
from sim.benches.yosys import run_yosys
from sim.compare import compare_streams
from sim.transfer_values import stream_values

__all__ = ["Mutants", "Mutation"]

SELECT = "mutant"
"""Input that is added to the design: the number of the mutation that is on, 0 for none."""

CLOCKS = re.compile(r" -port (\w*CLK|\w*ARST) ")
"""Ports that are left alone: there is one clock and no asynchronous reset."""

PREPARED = ("memory_collect", "opt -full", "wreduce", "opt -full", "opt_clean -purge")
"""Done to the flattened design ahead of mutations: nothing is left that is never read."""


@dataclass(frozen=True)
class Mutation:
    """A fault: its number, and the options of yosys' ``mutate``."""

    number: int
    options: str

    @property
    def where(self) -> str:
        """What is changed, and how, in a few words."""
        found = dict(re.findall(r"-(mode|cell|port|portbit|wire|wirebit) (\S+)", self.options))
        at = f"{found['wire']}[{found['wirebit']}]" if "wire" in found else found["cell"]
        return f"{found['mode']} of {at} at {found['port']}[{found['portbit']}]"


class Mutants:
    """Some single mutations of a design, compiled once.

    Registers, gates and the ports of memories are mutated; what memories hold first is not, nor
    is the clock.

    Parameters
    ----------
    design : Design
    count, seed : int
        How many mutations yosys draws, and from what.
    work : Path
        Folder, which is made.
    progress : callable
        Told what begins.
    only : str
        Options that narrow down what yosys draws from, such as "-port SRST".

    Raises
    ------
    ToolError
        If yosys or g++ is missing or fails.
    """

    def __init__(
        self,
        design: Design,
        count: int,
        seed: int,
        work: Path,
        progress: Callable[[str], object] = lambda step: None,
        only: str = "",
    ):
        self.design = design
        work.mkdir(parents=True)
        for name, data in emit_files(design).items():
            (work / name).write_bytes(data)
        plan = design.plan
        verilog = work / f"{plan.name}.v"
        listing = [f"mutate -list {2 * count} -seed {seed} {only} -o mutations.txt"]
        # Cells are numbered as they are read: it must be the text that the bench reads.
        (work / "design.v").write_text(lift_memories(verilog.read_text(), work))
        commands = ["read_verilog -nosynthesis design.v", f"hierarchy -top {plan.name}", "proc"]
        commands += ["flatten", *PREPARED, *listing]
        run_yosys(commands, work, work / "list.log", progress)
        lines = (work / "mutations.txt").read_text().splitlines()
        kept = [line.removeprefix("mutate ") for line in lines if not CLOCKS.search(line)]
        self.mutations = [Mutation(k, options) for k, options in enumerate(kept[:count], 1)]
        bits = len(self.mutations).bit_length()
        edits = [f"mutate -ctrl {SELECT} {bits} {m.number} {m.options}" for m in self.mutations]
        self.bench = CxxrtlBench(
            verilog=verilog,
            top=plan.name,
            streams=plan.streams,
            ports=ports_of(plan),
            work=work / "bench",
            weights=weights_beside(verilog, plan).load.tolist(),
            progress=progress,
            edits=[*PREPARED, *edits],
        )

    def killers(self, mutation: Mutation | None, images: NDArray, trials: list[Trial]) -> list[str]:
        """Names of the trials in which some transfer differs; of none of the mutations: none."""
        plan = self.design.plan
        values = stream_values(self.design.model, plan, images)
        self.bench.constants = {SELECT: mutation.number if mutation else 0}
        runs = [trial.run for trial in trials]
        try:
            recordings = self.bench.run(values[plan.entry.name], runs)
        except ToolError:
            return ["hangs"]
        layers = dict.fromkeys((s.name for s in plan.streams), "")
        found = []
        for trial, (traces, violations) in zip(trials, recordings, strict=True):
            _, bad, _ = compare_streams(trial.expected(values), traces, layers)
            if bad or violations:
                found.append(trial.name)
        return found
