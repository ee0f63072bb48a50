"""``hwgen import``: a network trained by others to a description."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hwgen.commands.import_options import LayoutOption, PixelsOption, TopologyOption
from hwgen.console import count, out, steps
from hwgen.errors import HwgenError, MismatchError, UnimportableError
from hwgen.files import check_writable
from hwgen.jobs.check import Check, check
from hwgen.jobs.compare_scores import Comparison, compare_scores, read_expected
from hwgen.model import Model, infer_shapes, save_model
from hwgen.model.importers import RefusedError
from hwgen.report.problem_table import problem_lines

__all__ = ["import_network"]


def import_network(
    file: Annotated[Path, typer.Argument(help="A network as others wrote it.", metavar="FILE")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Default: NAME.json here.", metavar="MODEL.json"),
    ] = None,
    pixels: PixelsOption = None,
    layout: LayoutOption = None,
    topology: TopologyOption = None,
    expected: Annotated[
        Path | None,
        typer.Option(
            "--check",
            help="Compare with pictures X and the scores or classes R that the network has for "
            "them.",
            metavar="X.npz",
        ),
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, and exit as hwgen check does.")
    ] = False,
) -> None:
    """Turn a network trained by others into a description.

    The kind of file is told from its content. docs/import.md says what can be read.
    Where nodes of a graph cannot be imported, all of them are listed.

    Exits with 1 where --check finds a picture with other scores, or of another class.
    """
    with steps() as step:
        if output is not None:
            check_writable(output)
        found = check(file, pixels=pixels, layout=layout, topology=topology, progress=step)
        path, compared = output, None
        if found.model is not None:
            if expected is not None:
                step(f"comparing with {expected}")
                compared = compare_scores(found.model, read_expected(expected, found.model))
            path = path or Path(f"{found.model.name}.json")
            step(f"writing {path}")
            save_model(found.model, path)
    if as_json:
        out.print_json(json.dumps(found.to_json()))
    if found.refusal is not None:
        raise _error(found.refusal, as_json)
    if found.model is not None and not as_json:
        _print_summary(found, found.model)
        out.print(f"wrote {path}")
    if compared is not None:
        if not as_json:
            for line in _agreement(compared):
                out.print(line)
        if not compared.right:
            raise MismatchError(f"{path}: does not compute what {expected} says")


def _error(refusal: RefusedError, as_json: bool) -> HwgenError:
    """Its one sentence, and below it the nodes, where it is of those."""
    if as_json:
        return UnimportableError(str(refusal))
    if any(problem.node for problem in refusal.problems):
        refusal.details = "\n".join(problem_lines(refusal.problems))
    return refusal


def _print_summary(found: Check, model: Model) -> None:
    shapes = infer_shapes(model)
    picture = f"{model.input.height}x{model.input.width}x{model.input.channels}"
    scores = count(shapes[model.layers[-1].name][2], "score")
    what = found.importer.what if found.importer else ""
    out.print(f"{what}: {count(len(model.layers), 'layer')}, {picture} to {scores}")
    for note in found.notes:
        out.print(note)


def _agreement(found: Comparison) -> Iterator[str]:
    """What agrees, in words."""
    if found.same_classes is not None:
        yield f"the same class: {found.same_classes:,} of {count(found.images, 'picture')}"
    if found.same_scores is not None:
        yield (
            f"the same scores: {found.same_scores:,} of {count(found.images, 'picture')}, at most "
            f"{found.max_abs_diff:.3g} apart"
        )
