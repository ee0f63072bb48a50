"""``hwgen explore``: what designs come to over devices, rates, foldings and precisions."""

from pathlib import Path
from typing import Annotated

import typer

from hwgen.commands.board_options import complete_parts
from hwgen.console import count, out, steps
from hwgen.design import DEFAULT_CLOCK_MHZ
from hwgen.errors import ModelError
from hwgen.explore.export import check_export, export
from hwgen.explore.pictures import panels_of
from hwgen.explore.points import AS_DESCRIBED, AUTO, PRODUCTS, STORAGES
from hwgen.explore.row import Row
from hwgen.explore.table import HEADER, row_line
from hwgen.families.devices import PARTS
from hwgen.jobs.explore import explore as run_explore
from hwgen.report.drawing import check_drawing
from hwgen.report.front_picture import WHAT, draw_fronts

__all__ = ["explore"]

FASTEST = "fastest"


def explore(
    models: Annotated[list[Path], typer.Argument(help="Descriptions.", metavar="MODEL.json...")],
    store: Annotated[
        Path, typer.Option(help="Where results are kept, a SQLite file.", metavar="FILE")
    ] = Path("explore.db"),
    device: Annotated[
        list[str] | None,
        typer.Option(
            help=f"Part; can be given again. Default: {', '.join(PARTS)}.",
            metavar="D",
            autocompletion=complete_parts,
        ),
    ] = None,
    fps: Annotated[
        str | None,
        typer.Option(
            help=f"Least frames a second, with commas: 10,30,{FASTEST}. Default: {FASTEST}, the "
            "fastest folding that fits, or with --folding none.",
            metavar="F,...",
        ),
    ] = None,
    folding: Annotated[
        list[Path] | None,
        typer.Option(help="Folding file, beside the rates; can be given again.", metavar="FILE"),
    ] = None,
    storage: Annotated[
        str,
        typer.Option(
            help=f"Where weights of all layers lie, with commas: {', '.join((AUTO, *STORAGES))}.",
            metavar="S,...",
        ),
    ] = AUTO,
    products: Annotated[
        str,
        typer.Option(
            help="What multiplies in all layers whose inputs and weights have more than a bit, "
            f"with commas: {', '.join((AUTO, *PRODUCTS))}.",
            metavar="P,...",
        ),
    ] = AUTO,
    clock_mhz: Annotated[
        list[float] | None,
        typer.Option(
            help=f"Clock; can be given again. Default: {DEFAULT_CLOCK_MHZ:g}.", metavar="F"
        ),
    ] = None,
    bits: Annotated[
        list[str] | None,
        typer.Option(
            help="Precision: a letter a layer with weights, B for 1 bit, C for --wide bits, or - "
            "for the description's; can be given again. Default: -.",
            metavar="MIX",
        ),
    ] = None,
    wide: Annotated[
        int, typer.Option(help="Bits of a precise layer.", min=2, max=16, metavar="N")
    ] = 16,
    images: Annotated[
        list[str] | None,
        typer.Option(help="Pictures to find the accuracy with, as for `hwgen eval`.", metavar="X"),
    ] = None,
    labels: Annotated[
        str | None, typer.Option(help="What they show, as for `hwgen eval`.", metavar="Y")
    ] = None,
    jobs: Annotated[int, typer.Option(help="Processes.", min=1, metavar="N")] = 1,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Dask scheduler whose workers compute instead.", metavar="ADDRESS"),
    ] = None,
    trials: Annotated[
        int | None,
        typer.Option(
            "--optimise", help="Draw so many points with Optuna instead of all.", min=1, metavar="N"
        ),
    ] = None,
    place: Annotated[
        bool, typer.Option("--place", help="Place and route the designs of the front.")
    ] = False,
    seed: Annotated[
        list[int] | None,
        typer.Option(help="Seed of --place; can be given again. Default: 1, 2, 3.", metavar="N"),
    ] = None,
    export_to: Annotated[
        Path | None,
        typer.Option("--export", help="Write the rows: .csv, .json, .parquet.", metavar="FILE"),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option("--front", help="Draw the fronts: .svg, .png.", metavar="FILE"),
    ] = None,
) -> None:
    """Fold, simulate and estimate designs over devices, rates, foldings and precisions.

    Prints a line for each point as soon as it is known, and keeps it in the store. What the store
    has is not computed again, so a sweep that was stopped goes on where it was. At the end it
    lists the Pareto front: designs that no other one of the same network and device is at least as
    good as in rate, logic cells, block RAM, SPRAM, DSPs, energy and accuracy.
    """
    if export_to is not None:
        check_export(export_to)
    if picture is not None:
        check_drawing(picture, WHAT)
    with steps() as step:
        shown = False

        def show(row: Row) -> None:
            # Behind all that can be refused.
            nonlocal shown
            if not shown:
                step.show(HEADER)
            shown = True
            step.show(row_line(row))

        found = run_explore(
            models,
            store,
            devices=device or (),
            fps=None if fps is None else _rates(fps),
            foldings=folding or (),
            clocks_mhz=clock_mhz or (DEFAULT_CLOCK_MHZ,),
            bits=bits or (AS_DESCRIBED,),
            wide_bits=wide,
            storages=_words(storage),
            products=_words(products),
            images=images,
            labels=labels,
            jobs=jobs,
            scheduler=scheduler,
            trials=trials,
            seeds=(seed or [1, 2, 3]) if place else (),
            progress=step,
            show=show,
        )
    designs = sum(row.problem is None for row in found.rows)
    out.print(
        f"{count(len(found.rows), 'point')}, {designs:,} of them with a design; "
        f"{found.computed:,} computed now, all in {store}"
    )
    out.print(f"front: {count(len(found.front), 'design')}")
    for row in found.front:
        clock = f"  {row.fmax_mhz:.1f} MHz" if row.fmax_mhz is not None else ""
        out.print(row_line(row) + clock)
    if export_to is not None:
        export(export_to, found.rows)
    if picture is not None:
        draw_fronts(
            picture, panels_of(found.rows), ", ".join(sorted({r.network for r in found.rows}))
        )


def _words(text: str) -> list[str]:
    return [part.strip() for part in text.split(",")]


def _rates(text: str) -> list[float | None]:
    """Rates of an option: numbers with commas; None for the fastest."""
    found: list[float | None] = []
    for part in _words(text):
        if part == FASTEST:
            found.append(None)
            continue
        try:
            found.append(float(part))
        except ValueError:
            raise ModelError(
                f"--fps must be numbers with commas, or {FASTEST!r}, not {part!r}"
            ) from None
    return found
