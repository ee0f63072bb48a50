"""``hwgen tables``: what a network computes and stores, as the talk's tables have it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import out, steps
from hwgen.design import make_design
from hwgen.errors import HwgenError, ModelError
from hwgen.model import Model, load_model
from hwgen.plan.plan import Plan
from hwgen.report.layer_tables import make_table
from hwgen.report.tables_text import count_table, markdown, memory_table, table_lines

__all__ = ["Kilobyte", "tables"]


class Kilobyte(StrEnum):
    """Bytes of a KB."""

    DECIMAL = "1000"
    BINARY = "1024"


def tables(
    model: Annotated[Path, typer.Argument(help="Description, hwgen-bnn/1.", metavar="MODEL.json")],
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

    Beside them what the design of the default folding keeps: line buffers and FIFOs instead of
    whole feature maps. Memory is in KB.
    """
    if as_json and as_markdown:
        raise ModelError("only one of --json and --markdown can be given")
    with steps() as step:
        step(f"reading {model}")
        description = load_model(model)
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
