"""How many faults of one bit `hwgen verify` finds: ``make mutate``.

Yosys mutates the Verilog of some small designs; each mutant runs in the bench on CXXRTL under all
traffic of `hwgen verify`. Those that it does not find run on for longer, with more pictures and
more resets: what is found then is a hole of `hwgen verify`, and is listed. Most of the others
change nothing that any traffic could show.
"""

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from benchmarks.mutants import Mutants, Mutation
from benchmarks.mutated_designs import DESIGNS, make_mutated_design
from hwgen.console import errors_to_exit, out, steps
from hwgen.design import Design
from hwgen.jobs.verify import made_pictures
from sim.benches.trials import RESET, Trial, reset_trials, whole_trial
from sim.benches.verify import traffic_modes
from sim.cycle import steady_state
from sim.images import random_images
from sim.stimulus import telling_images

FRAMES = 4
LONG_FRAMES = 48
LONG_SEEDS = (11, 12, 13, 14)

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@dataclass(frozen=True)
class Found:
    """Mutants that verification finds, those that only more traffic does, and the others.

    ``noise`` counts those that pictures of noise find without resets, and ``resets`` those of the
    first that nothing but resets shows.
    """

    killed: list[Mutation]
    noise: int
    resets: int
    later: list[Mutation]
    never: list[Mutation]


def verify_trials(design: Design, frames: int, seed: int) -> list[Trial]:
    """Make the runs of `hwgen verify`."""
    plan = design.plan
    _, interval = steady_state(plan)
    whole = [whole_trial(n, plan, frames, t) for n, t in traffic_modes(seed, interval).items()]
    return [*whole, *reset_trials(plan, frames, seed, interval)]


def try_mutants(mutants: Mutants, seed: int) -> Found:
    """Sort the mutants of a design."""
    design = mutants.design
    pictures = made_pictures(design, None, seed)
    trials = verify_trials(design, len(pictures), seed)
    noise = random_images(design.model, FRAMES, seed)
    more = np.concatenate([telling_images(design.model, LONG_FRAMES, s) for s in LONG_SEEDS])
    longer = [whole_trial("long", design.plan, len(more), traffic)
              for traffic in traffic_modes(seed + 1, trials[0].timing.cycles).values()]  # fmt: skip
    for number in LONG_SEEDS:
        longer += reset_trials(design.plan, FRAMES, number, steady_state(design.plan)[1])
    assert not mutants.killers(None, more, [*trials[:1], *longer]), "the design itself is wrong"
    found = Found([], 0, 0, [], [])
    by_noise = by_resets = 0
    plain = [t for t in verify_trials(design, FRAMES, seed) if not t.name.startswith(RESET)]
    for mutation in mutants.mutations:
        by_noise += bool(mutants.killers(mutation, noise, plain))
        killers = mutants.killers(mutation, pictures, trials)
        if killers:
            found.killed.append(mutation)
            by_resets += all(name.startswith(RESET) for name in killers)
        elif mutants.killers(mutation, more, longer):
            found.later.append(mutation)
        else:
            found.never.append(mutation)
    return Found(found.killed, by_noise, by_resets, found.later, found.never)


@app.command()
def mutate(
    count: Annotated[int, typer.Option(help="Mutants of each design.", min=1)] = 66,
    seed: Annotated[int, typer.Option(help="Seed of the mutations and the traffic.")] = 1,
    only: Annotated[str, typer.Option(help="Options for yosys, such as '-port SRST'.")] = "",
    long: Annotated[bool, typer.Option("--list", help="List those that nothing finds.")] = False,
) -> None:
    """Count the mutants that verification finds."""
    out.print("design                mutants  found  by noise  by resets alone  later  never")
    totals = np.zeros(6, int)
    for name in DESIGNS:
        with tempfile.TemporaryDirectory() as folder, steps() as step:
            design = make_mutated_design(name)
            mutants = Mutants(design, count, seed, Path(folder) / "mutants", step, only)
            step(f"running {name}")
            found = try_mutants(mutants, seed)
        row = (len(mutants.mutations), len(found.killed), found.noise, found.resets,
               len(found.later), len(found.never))  # fmt: skip
        totals += row
        _print_row(name, row)
        for mutation in found.later:
            out.print(f"  found later: {mutation.where}", markup=False, soft_wrap=True)
        for mutation in found.never if long else ():
            out.print(f"  never found: {mutation.where}", markup=False, soft_wrap=True)
    _print_row("together", totals)


def _print_row(name: str, row: "tuple[int, ...] | np.ndarray") -> None:
    widths = 9, 7, 10, 17, 7, 7
    cells = "".join(f"{value:{width}d}" for value, width in zip(row, widths, strict=True))
    out.print(f"{name:20}{cells}")


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
