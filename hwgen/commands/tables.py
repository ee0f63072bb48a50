"""``hwgen tables``: what a network computes and stores, as the talk's tables have it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.design import load_design, make_design
from hwgen.errors import HwgenError, ModelError
from hwgen.model import Model, load_model
from hwgen.plan.plan import Plan
from hwgen.readers.files import is_folder
from hwgen.report.layer_tables import make_table
from hwgen.report.tables_text import count_table, markdown, memory_table, table_lines

__all__ = ["Kilobyte", "tables"]


class Kilobyte(StrEnum):
    """Bytes of a KB."""

    DECIMAL = "1000"
    BINARY = "1024"


def tables(
    source: Annotated[
        Path, typer.Argument(help="Description, or folder of a build.", metavar="MODEL.json|DIR")
    ],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="Print Markdown.")] = False,
    kilobyte: Annotated[Kilobyte, typer.Option(help="Bytes of a KB.")] = Kilobyte.DECIMAL,
    norms: Annotated[
        bool, typer.Option("--norms/--no-norms", help="Lines for batch normalisations.")
    ] = True,
    picture: Annotated[
        bool, typer.Option("--picture/--no-picture", help="A line for the picture.")
    ] = True,
) -> None:
    """Print MACs, activations and weights of each layer at 16, 8 and 1 bit, and as described.

    Beside them what the design of a build, or of the default folding, keeps: line buffers and
    FIFOs instead of whole feature maps. Memory is in KB. Below what it reads of each memory for a
    frame, and what would go through DRAM if all did.
    """
    if as_json and as_markdown:
        raise ModelError("only one of --json and --markdown can be given")
    with steps() as step:
        step(f"reading {source}")
        problem = None
        if is_folder(source):
            design, _ = load_design(source)
            description, plan = design.model, design.plan
        else:
            description = load_model(source)
            step("folding")
            plan, problem = _plan(description)
    table = make_table(
        description,
        plan,
        kilobyte=int(kilobyte.value),
        norms=norms,
        picture=picture,
        problem=problem,
    )
    if as_json:
        out.print_json(json.dumps(table.to_json()))
    elif as_markdown:
        out.print(markdown(table))
    else:
        out.print(count_table(table))
        out.print()
        out.print(memory_table(table))
        for line in table_lines(table):
            out.print(line)


def _plan(model: Model) -> tuple[Plan | None, str | None]:
    """Plan of the default folding, or why there is none."""
    try:
        return make_design(model).plan, None
    except HwgenError as error:
        return None, str(error)
