"""The talk's claims held against networks that were trained: ``python -m benchmarks.claims``."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any

import typer

from benchmarks.claim_pictures import ACCURACY, COST, draw_accuracy, draw_cost
from benchmarks.claim_rows import asked, digest, evaluated, planned, stored, trained
from benchmarks.claims_page import page
from benchmarks.talk_figures import NETWORKS
from benchmarks.tools import ROOT, Step
from hwgen.console import errors_to_exit, out, steps
from hwgen.design import read_object
from hwgen.files import write_whole
from hwgen.model import load_model

__all__ = ["PAGE", "RESULTS", "measure", "stored_rows"]

RESULTS = Path(__file__).with_suffix(".json")
PAGE = ROOT / "docs" / "claims.md"
TRAINED = ROOT.parent / "shared" / "data" / "models" / "talk_cifar10"

Row = dict[str, Any]

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@app.command()
def run(
    images: Annotated[
        Path | None,
        typer.Option("--evaluate", help="Count classes, on these pictures.", metavar="TEST.npz"),
    ] = None,
    plan: Annotated[bool, typer.Option("--plan", help="Plan designs.")] = False,
    write: Annotated[
        bool, typer.Option("--write", help="Write the page and its pictures.")
    ] = False,
    only: Annotated[
        list[str] | None, typer.Option(help="This network alone; can be given again.")
    ] = None,
    networks: Annotated[
        Path, typer.Option(help="Folder of descriptions and results.json.", metavar="DIR")
    ] = TRAINED,
) -> None:
    """Print the page of the talk's claims, from the figures of benchmarks/claims.json.

    With --evaluate and --plan those that are missing are measured first, the smallest network
    first, and each is kept as soon as it is there. Figures of descriptions that have changed are
    missing.
    """
    if images is not None or plan:
        with steps() as step:
            measure(RESULTS, networks, only or list(NETWORKS), images, plan, step)
    rows = stored_rows(RESULTS)
    if not write:
        out.print(page(rows), soft_wrap=True)
        return
    write_whole(PAGE, page(rows).encode())
    draw_accuracy(rows, PAGE.with_name(ACCURACY))
    draw_cost(rows, PAGE.with_name(COST))
    out.print(f"wrote {PAGE.name}, {ACCURACY}, {COST} to {PAGE.parent}")


def stored_rows(path: Path) -> dict[str, Row]:
    """Figures so far, by network in the order of the talk; none without the file."""
    kept = json.loads(path.read_text())["rows"] if path.is_file() else {}
    return {name: kept[name] for name in NETWORKS if name in kept}


def measure(
    path: Path,
    networks: Path,
    names: Iterable[str],
    images: Path | None,
    plan: bool,
    step: Step,
) -> None:
    """Put what is missing of trained networks into the file of figures.

    Parameters
    ----------
    path : Path
        The file of figures.
    networks : Path
        Folder of descriptions, and of ``results.json``, which says how they were trained.
    names : iterable of str
        The networks that are measured, of those that have a description there.
    images : Path, optional
        Pictures to evaluate networks on; without them none is evaluated.
    plan : bool
        Whether designs are planned.

    Raises
    ------
    HwgenError
        For a file that cannot be read; names it.
    """
    training = read_object(networks / "results.json")
    files = [file for name in names if (file := networks / f"{name}.json").is_file()]
    files.sort(key=lambda file: file.stat().st_size)
    marks = {file.stem: {"sha256": digest(file)} for file in files}
    for file in files:
        if stored_rows(path).get(file.stem, {}).get("sha256") != marks[file.stem]["sha256"]:
            row = {"trained": trained(training[file.stem]), "stored": stored(load_model(file))}
            _keep(path, file.stem, marks[file.stem] | row)
    if images is not None:
        for file in files:
            so_far = stored_rows(path)[file.stem].get("evaluated")
            if so_far is None or so_far["images"] < so_far["of"]:
                step(f"evaluating {file.stem}")
                for found in evaluated(file, images, so_far, step):
                    _keep(path, file.stem, marks[file.stem] | {"evaluated": found})
    if plan:
        for file in files:
            if not asked().items() <= stored_rows(path)[file.stem].get("planned", {}).items():
                step(f"planning {file.stem}")
                _keep(path, file.stem, marks[file.stem] | {"planned": planned(file, step)})


def _keep(path: Path, name: str, part: Row) -> None:
    """Add to a network's row, or begin another where its description has changed."""
    rows = stored_rows(path)
    before = rows.get(name, {})
    rows[name] = before | part if before.get("sha256") == part["sha256"] else part
    ordered = {name: rows[name] for name in NETWORKS if name in rows}
    write_whole(path, (json.dumps({"rows": ordered}, indent=1) + "\n").encode())


main = errors_to_exit(app)

if __name__ == "__main__":
    main()
