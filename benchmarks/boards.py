"""Every bundled board, placed: ``python -m benchmarks.boards`` prints docs/board.md's table."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.tools import ROOT
from hwgen.boards.table import BOARDS, find_board
from hwgen.build_folder import BuildFolder
from hwgen.console import errors_to_exit, out, steps
from hwgen.errors import HwgenError
from hwgen.files import write_whole
from hwgen.jobs.build import build
from hwgen.jobs.synthesise import synthesise
from hwgen.synth.processes import Progress

__all__ = ["RESULTS", "boards_markdown", "measure_board"]

RESULTS = Path(__file__).with_name("boards.json")
WORK = ROOT / "build" / "boards"
NETWORK = ROOT / "models" / "tiny.json"
CYCLES = 256

Row = dict[str, Any]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    only: Annotated[
        list[str] | None, typer.Option(help="One board alone; can be given again.", metavar="B")
    ] = None,
    table: Annotated[
        bool, typer.Option("--table", help="Measure nothing: print the figures there are.")
    ] = False,
) -> None:
    """Build tiny for every bundled board, synthesise, place, route and pack it.

    Figures of each board go to benchmarks/boards.json as soon as they are there. Exits with 1
    where a board has no bitstream.
    """
    rows = json.loads(RESULTS.read_text(encoding="utf-8")) if RESULTS.is_file() else {}
    if not table:
        with steps() as step:
            for name in only or BOARDS:
                rows[name] = measure_board(name, WORK, step)
                kept = {board: rows[board] for board in sorted(rows) if board in BOARDS}
                write_whole(RESULTS, (json.dumps(kept, indent=1) + "\n").encode())
    out.print(boards_markdown(rows), markup=False, soft_wrap=True)
    if any("problem" in row for row in rows.values()):
        raise typer.Exit(1)


def measure_board(name: str, work: Path, step: Progress) -> Row:
    """Figures of the network on a board, or ``problem`` where it has no bitstream."""
    folder = work / name
    board = find_board(name)
    try:
        built = build(NETWORK, folder, board=name, cycles=CYCLES, progress=step)
        found = synthesise(folder, progress=step)
    except HwgenError as error:
        return {"problem": str(error)}
    if found.outcome.problem is not None:
        return {"problem": found.outcome.problem}
    result = json.loads(BuildFolder(folder).synthesis.read_text(encoding="utf-8"))
    return {
        "device": board.device,
        "package": board.package,
        "logic_cells": result["logic_cells"],
        "ebr": result["ebr"],
        "clock_mhz": built.manifest["clock_mhz"],
        "fmax_mhz": round(result["fmax_hz"] / 1e6, 1),
        "bitstream_bytes": (folder / result["bitstream"]).stat().st_size,
        "seconds": round(found.seconds, 1),
    }


def boards_markdown(rows: Mapping[str, Row]) -> str:
    """Table of what was measured, a line a board."""
    lines = [
        "| Board | Device | Logic cells | Block RAMs | MHz asked for | MHz reached | Bitstream |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, row in sorted(rows.items()):
        if "problem" in row:
            lines.append(f"| `{name}` | {row['problem']} | | | | | |")
            continue
        lines.append(
            f"| `{name}` | {row['device']}, {row['package']} | {row['logic_cells']:,} | "
            f"{row['ebr']} | {row['clock_mhz']:g} | {row['fmax_mhz']:g} | "
            f"{row['bitstream_bytes']:,} bytes |"
        )
    return "\n".join(lines)


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
