"""``hwgen import``: a network trained by others to a description."""

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from hwgen.console import count, out, steps
from hwgen.errors import MismatchError
from hwgen.files import check_writable
from hwgen.jobs.compare_scores import Comparison, compare_scores, read_expected
from hwgen.model import infer_shapes, save_model
from hwgen.model.importers import Options, import_model

__all__ = ["import_network"]


class Meaning(StrEnum):
    """What a pixel stands for, where a file does not say."""

    unit = "unit"
    signed = "signed"
    raw = "raw"


def import_network(
    file: Annotated[Path, typer.Argument(help="A network as others wrote it.", metavar="FILE")],
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Default: NAME.json here.", metavar="MODEL.json"),
    ] = None,
    pixels: Annotated[
        Meaning | None,
        typer.Option(
            "--input",
            help="What an ONNX graph reads for a pixel: pixel / 255, 2 * pixel / 255 - 1, or 0 to "
            "255. Default: what the graph shows.",
        ),
    ] = None,
    check: Annotated[
        Path | None,
        typer.Option(
            help="Compare with pictures X and the scores or classes R that the network has for "
            "them.",
            metavar="X.npz",
        ),
    ] = None,
) -> None:
    """Turn a network trained by others into a description.

    The kind of file is told from its content. docs/import.md says what can be read.

    Exits with 1 where --check finds a picture with other scores, or of another class.
    """
    with steps() as step:
        if output is not None:
            check_writable(output)
        step(f"reading {file}")
        model, importer = import_model(file, Options(pixels=pixels and pixels.value))
        compared = None
        if check is not None:
            step(f"comparing with {check}")
            compared = compare_scores(model, read_expected(check, model))
        path = output or Path(f"{model.name}.json")
        step(f"writing {path}")
        save_model(model, path)
    shapes = infer_shapes(model)
    picture = f"{model.input.height}x{model.input.width}x{model.input.channels}"
    scores = count(shapes[model.layers[-1].name][2], "score")
    out.print(f"{importer.what}: {count(len(model.layers), 'layer')}, {picture} to {scores}")
    if "pixels" in model.provenance:
        out.print(f"pixels: {model.provenance['pixels']}")
    if "dropped" in model.provenance:
        out.print(f"dropped, for it keeps the scores' order: {model.provenance['dropped']}")
    out.print(f"wrote {path}")
    if compared is not None:
        for line in _agreement(compared):
            out.print(line)
        if not compared.right:
            raise MismatchError(f"{path}: does not compute what {check} says")


def _agreement(found: Comparison) -> Iterator[str]:
    """What agrees, in words."""
    if found.same_classes is not None:
        yield f"the same class: {found.same_classes:,} of {count(found.images, 'picture')}"
    if found.same_scores is not None:
        yield (
            f"the same scores: {found.same_scores:,} of {count(found.images, 'picture')}, at most "
            f"{found.max_abs_diff:.3g} apart"
        )
