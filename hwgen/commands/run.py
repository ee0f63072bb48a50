"""``hwgen run``: classify pictures on a board."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import numpy as np
import typer

from hwgen.boards.boxes import IOU_LIMIT, THRESHOLD, Box, decode_yolo
from hwgen.boards.frames import pack_picture
from hwgen.boards.host import BoardLink
from hwgen.boards.shell import DEFAULT_BAUD
from hwgen.console import note, out
from hwgen.design import Design, load_design
from hwgen.errors import ToolError
from sim import golden
from sim.images import load_images, load_unsized
from sim.summary import frame_text, score_text

__all__ = ["run"]


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

    Scores are the integers that the hardware computes, and the class is the best of them. With
    --build pictures are checked, classes have names, and the values that scores stand for are
    printed as well, if those are others; without it pixels are bytes. Where the description of
    the build has a head, the boxes of each picture are printed instead, best first, with their
    sides as parts of its width and height.
    """
    design = load_design(build)[0] if build else None
    # All files are read before the first picture is sent.
    files = [
        (path, load_images(path, design.model, note) if design else load_unsized(path))
        for path in images
    ]
    pictures = ((path, picture) for path, read in files for picture in read)
    with BoardLink(port, baud=baud, timeout=timeout) as link:
        for path, picture in pictures:
            bits = design.model.input.bits if design else 8
            result = link.classify(pack_picture(picture, bits))
            expected = _scores_of(design)
            if expected not in (None, len(result.scores)):
                raise ToolError(
                    f"{port}: the board gives {len(result.scores)} scores and {build} "
                    f"{expected}: it runs another network"
                )
            scores = np.array([result.scores], np.int64)
            if design is None:
                out.print(f"{path}: {score_text(scores, result.best, None)}")
                continue
            model, found = design.model, golden.read_scores(design.model, scores)
            if result.best is not None:
                found = replace(found, classes=np.array([result.best]))
            if model.head is None:
                lines = iter([frame_text(found, 0, model.classes)])
            else:
                boxes = decode_yolo(
                    found.float_scores, model.head, threshold=threshold, iou_limit=iou
                )
                lines = _box_lines(boxes, model.head.names)
            for line in lines:
                out.print(f"{path}: {line}")


def _scores_of(design: Design | None) -> int | None:
    return None if design is None else design.plan.exit.transfers_per_frame


def _box_lines(boxes: list[Box], names: tuple[str, ...] | None) -> Iterator[str]:
    """How many boxes there are, then a line for each."""
    yield "1 box" if len(boxes) == 1 else f"{len(boxes):,} boxes"
    for box in boxes:
        name = f" ({names[box.class_index]})" if names else ""
        yield (
            f"class {box.class_index}{name}, score {box.score:.4g}, left {box.left:.4f}, "
            f"top {box.top:.4f}, right {box.right:.4f}, bottom {box.bottom:.4f}"
        )
