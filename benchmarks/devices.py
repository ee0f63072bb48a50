"""README's table of networks on parts: ``python -m benchmarks.devices``."""

import json
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.device_tables import peers_markdown, placed_markdown
from benchmarks.placed_designs import PLACED, Asked, asked_of, measure_placed, network_file
from benchmarks.tools import ROOT
from hwgen.console import errors_to_exit, out, steps
from hwgen.errors import ModelError
from hwgen.files import write_whole

__all__ = ["RESULTS", "chosen", "measure_into", "merged", "stored_rows"]

RESULTS = Path(__file__).with_name("devices.json")
WORK = ROOT / "build" / "devices"

Row = dict[str, Any]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    only: Annotated[
        tuple[str, str] | None, typer.Option(help="One row alone.", metavar="NETWORK DEVICE")
    ] = None,
    missing: Annotated[
        bool, typer.Option("--missing", help="Rows that there are no figures for yet.")
    ] = False,
    table: Annotated[
        bool, typer.Option("--table", help="Measure nothing: print the figures there are.")
    ] = False,
) -> None:
    """Place and route networks on parts, and print the table.

    Figures of each row go to benchmarks/devices.json as soon as they are there, so that what was
    interrupted goes on with --missing. Networks whose file is absent are left out.
    """
    if not table:
        todo = chosen(stored_rows(RESULTS), only, missing)
        with steps() as step:
            measure_into(RESULTS, todo, lambda a, file: measure_placed(a, file, WORK, step))
    for text in (placed_markdown(stored_rows(RESULTS)), peers_markdown()):
        out.print(text, markup=False, soft_wrap=True)
        out.print()


def chosen(
    rows: Iterable[Mapping[str, Any]], only: tuple[str, str] | None, missing: bool
) -> list[Asked]:
    """Rows of `PLACED` to measure: one, or all, with ``missing`` those that ``rows`` lack.

    Raises
    ------
    ModelError
        If there is no such row; names those there are.
    """
    todo = [a for a in PLACED if only is None or (a.network, a.device) == only]
    if not todo and only is not None:
        known = ", ".join(f"{a.network} {a.device}" for a in PLACED)
        raise ModelError(f"--only must be one of {known}, not {' '.join(only)}")
    have = [{key: row.get(key) for key in asked_of(PLACED[0])} for row in rows]
    return [a for a in todo if not (missing and asked_of(a) in have)]


def measure_into(path: Path, todo: Iterable[Asked], measure: Callable[[Asked, Path], Row]) -> None:
    """Measure rows one by one, and put each into the file as soon as it is there.

    Those whose network is absent are left out, with a line that says so.
    """
    for asked in todo:
        file = network_file(asked)
        if file is None:
            out.print(f"{asked.network} {asked.device}: left out, its file is not there")
            continue
        rows = merged(stored_rows(path), measure(asked, file))
        text = json.dumps({"rows": rows}, indent=1) + "\n"
        write_whole(path, text.encode())


def merged(rows: Iterable[Row], row: Row) -> list[Row]:
    """Rows with one more, in place of that of its network and device; in the order of `PLACED`."""
    key = row["network"], row["device"]
    found = {(r["network"], r["device"]): r for r in rows} | {key: row}
    return [found[a.network, a.device] for a in PLACED if (a.network, a.device) in found]


def stored_rows(path: Path) -> list[Row]:
    """Rows measured so far, in the order of `PLACED`; none without the file."""
    return json.loads(path.read_text())["rows"] if path.is_file() else []


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
