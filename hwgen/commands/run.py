"""``hwgen run``: classify pictures on a board."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray

from hwgen.boards.boxes import IOU_LIMIT, THRESHOLD, Box, decode_yolo
from hwgen.boards.host import BoardLink
from hwgen.boards.shell import DEFAULT_BAUD
from hwgen.console import note, out
from hwgen.design import Design, load_design
from hwgen.errors import ToolError
from sim.images import load_images, load_unsized

__all__ = ["run"]

SHOWN = 10
"""Scores of a picture that are printed."""


def run(
    images: Annotated[
        list[Path], typer.Argument(help="Pictures: .png, .jpg, .bmp or .npy.", metavar="IMAGE ...")
    ],
    port: Annotated[str, typer.Option(help="Serial port of the board.", metavar="P")],
    baud: Annotated[int, typer.Option(help="Rate of the port.", min=1, metavar="B")] = DEFAULT_BAUD,
    timeout: Annotated[
        float, typer.Option(help="Seconds to wait for an answer.", min=0.01, metavar="S")
    ] = 2.0,
    build: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the build: names of classes, scale of scores, head.", metavar="DIR"
        ),
    ] = None,
    threshold: Annotated[
        float, typer.Option(help="Least score of a box.", min=0, metavar="X")
    ] = THRESHOLD,
    iou: Annotated[
        float,
        typer.Option(
            help="Most overlap of two boxes of a class: intersection over union.",
            min=0,
            max=1,
            metavar="X",
        ),
    ] = IOU_LIMIT,
) -> None:
    """Classify pictures on a board.

    Without --build, pictures must have the size and channels of the network, and scores are the
    integers that the hardware computes. Where the description of the build has a head, the boxes of
    each picture are printed, best first, with their sides as parts of its width and height.
    """
    design, manifest = load_design(build) if build else (None, {})
    # All files are read before the first picture is sent.
    files = [
        (path, load_images(path, design.model, note) if design else load_unsized(path))
        for path in images
    ]
    pictures = ((path, picture) for path, read in files for picture in read)
    with BoardLink(port, baud=baud, timeout=timeout) as link:
        for path, picture in pictures:
            result = link.classify(picture.tobytes())
            expected = _scores_of(design)
            if expected not in (None, len(result.scores)):
                raise ToolError(
                    f"{port}: the board gives {len(result.scores)} scores and {build} "
                    f"{expected}: it runs another network"
                )
            values = _scale(result.scores, manifest.get("scores"))
            if design is not None and (head := design.model.head) is not None:
                boxes = decode_yolo(values, head, threshold=threshold, iou_limit=iou)
                for line in _box_lines(boxes, head.names):
                    out.print(f"{path}: {line}")
                continue
            scores = [f"{x:.4g}" if isinstance(x, float) else str(x) for x in values.tolist()]
            text = " ".join(scores[:SHOWN]) + (" ..." if len(scores) > SHOWN else "")
            names = manifest.get("classes") or []
            if result.best is None:
                out.print(f"{path}: scores {text}")
            else:
                name = f" ({names[result.best]})" if result.best < len(names) else ""
                out.print(f"{path}: class {result.best}{name}, scores {text}")


def _scores_of(design: Design | None) -> int | None:
    return None if design is None else design.plan.streams[-1].transfers_per_frame


def _scale(scores: tuple[int, ...], scaling: dict[str, Any] | None) -> NDArray[Any]:
    """Scores: float64 where their scale and offset are known, one of each a channel, or int64."""
    integers = np.array(scores, np.int64)
    if not scaling:
        return integers
    scale, offset = np.array(scaling["scale"]), np.array(scaling["offset"])
    return (integers.reshape(-1, scale.size) * scale + offset).ravel()


def _box_lines(boxes: list[Box], names: tuple[str, ...] | None) -> Iterator[str]:
    """How many boxes there are, then a line for each."""
    yield "1 box" if len(boxes) == 1 else f"{len(boxes):,} boxes"
    for box in boxes:
        name = f" ({names[box.class_index]})" if names else ""
        yield (
            f"class {box.class_index}{name}, score {box.score:.4g}, left {box.left:.4f}, "
            f"top {box.top:.4f}, right {box.right:.4f}, bottom {box.bottom:.4f}"
        )
