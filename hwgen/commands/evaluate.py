"""``hwgen eval``: how well a network does on pictures."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from hwgen.boards.baud import DEFAULT_BAUD
from hwgen.command_line import finite
from hwgen.console import count, note, out, steps
from hwgen.errors import ModelError
from hwgen.jobs.evaluate import Evaluation
from hwgen.jobs.evaluate import evaluate as run_evaluation
from hwgen.readers.picture import Fit
from hwgen.report.confusion import WHAT, commonest, confusion_table, draw_confusion
from hwgen.report.drawing import check_drawing

__all__ = ["evaluate"]


def evaluate(
    source: Annotated[
        Path, typer.Argument(help="Description, or folder of a build.", metavar="MODEL.json|DIR")
    ],
    images: Annotated[
        list[Path],
        typer.Option(
            help="Pictures: files, folders, patterns, .npy, .npz (FILE.npz:KEY), .csv or IDX; can "
            "be given again.",
            metavar="X",
        ),
    ],
    labels: Annotated[
        Path | None,
        typer.Option(
            help="What they show: .npy, .npz, .csv or IDX. Default: what folders, table or archive "
            "of the pictures say.",
            metavar="Y",
        ),
    ] = None,
    reference: Annotated[
        Path | None,
        typer.Option(
            help="Scores that another program computed, to compare with: .npy or .npz.",
            metavar="SCORES",
        ),
    ] = None,
    fit: Annotated[
        Fit | None,
        typer.Option(help="What is done with pictures of another size; default: refused."),
    ] = None,
    confusion: Annotated[
        Path | None,
        typer.Option(help="Draw the confusion matrix (.svg, .png).", metavar="FILE"),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    port: Annotated[
        str | None,
        typer.Option(
            help="Serial port of a board that computes; default: the golden model.", metavar="P"
        ),
    ] = None,
    baud: Annotated[int, typer.Option(help="Rate of the port.", min=1, metavar="B")] = DEFAULT_BAUD,
    timeout: Annotated[
        float,
        typer.Option(help="Seconds to wait for an answer.", min=0.01, callback=finite, metavar="S"),
    ] = 2.0,
) -> None:
    """Count how many pictures a network takes for what they show.

    Prints accuracy, the confusion matrix, the area under the ROC where there are two classes, and
    how far the values are from reference scores. Labels are names of classes, or their numbers
    from 0 on. A network of one score takes a picture for class 1 where its value is 0 or more.
    """
    with steps() as step:
        if confusion is not None:
            check_drawing(confusion, WHAT)
        found = run_evaluation(
            source,
            images,
            labels,
            reference=reference,
            fit=fit,
            port=port,
            baud=baud,
            timeout=timeout,
            processes=None,
            progress=step,
            note=note,
        )
        if confusion is not None:
            if found.confusion is None:
                raise ModelError(f"{confusion}: there is no confusion matrix to draw")
            step(f"drawing {confusion}")
            draw_confusion(confusion, found.confusion, found.model.classes, found.model.name)
    if as_json:
        print(json.dumps(found.to_json()))
        return
    for line in _lines(found):
        out.print(line)
    if found.confusion is not None:
        table = confusion_table(found.confusion, found.model.classes)
        if table is not None:
            out.print(table)
        else:
            for line in commonest(found.confusion, found.model.classes):
                out.print(line)
    if confusion is not None:
        out.print(f"wrote {confusion}")


def _lines(found: Evaluation) -> Iterator[str]:
    """What was found, but for the confusion matrix."""
    rate = f"{count(found.images, 'image')} in {found.seconds:.1f} s"
    if found.accuracy is None:
        yield rate
    else:
        yield f"{rate}, {found.correct:,} correct: {found.accuracy:.2%}"
        if found.top5 is not None and found.confusion is not None and len(found.confusion) > 5:
            yield f"among the best five: {found.top5:.2%}"
    if found.auc is not None:
        yield f"ROC AUC: {found.auc:.4f}"
    if found.max_abs_diff is not None:
        yield (
            f"difference to the reference: {found.max_abs_diff:.4g} at most, "
            f"{found.mean_abs_diff:.4g} on average"
        )
