"""``hwgen run``: classify pictures on a board."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from hwgen.boards.baud import DEFAULT_BAUD
from hwgen.boards.boxes import IOU_LIMIT, THRESHOLD, Box, decode_yolo
from hwgen.boards.choice import BoardChoice, built_board
from hwgen.boards.frames import pack_picture
from hwgen.boards.host import BoardLink
from hwgen.boards.link_rate import uart_rate
from hwgen.build_folder import BuildFolder
from hwgen.command_line import finite
from hwgen.console import note, out, steps
from hwgen.design import Design, load_design
from hwgen.errors import ModelError
from hwgen.jobs.placed_board import find_placed_board
from hwgen.readers.files import is_file
from hwgen.readers.picture import Fit
from sim import golden
from sim.pictures import find_pictures, load_pieces, load_unsized
from sim.summary import frame_text, score_text

__all__ = ["run"]

SECONDS, SIMULATED_SECONDS = 2.0, 600.0
"""How long an answer is waited for, unless another time is asked for."""


def run(
    images: Annotated[
        list[Path],
        typer.Argument(help="Pictures, .npy arrays, or folders of them.", metavar="IMAGE ..."),
    ],
    port: Annotated[str | None, typer.Option(help="Serial port of the board.", metavar="P")] = None,
    simulate: Annotated[
        bool,
        typer.Option(
            "--simulate", help="Talk to the simulated board of --build, in place of --port."
        ),
    ] = False,
    baud: Annotated[
        int | None,
        typer.Option(
            help="Rate of the port; default: that of the build's board, or a million.",
            min=1,
            metavar="B",
        ),
    ] = None,
    timeout: Annotated[
        float | None,
        typer.Option(
            help="Seconds to wait for an answer; default: 2, of a simulated board 600.",
            min=0.01,
            callback=finite,
            metavar="S",
        ),
    ] = None,
    build: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the build: names of classes, scale of scores, head.", metavar="DIR"
        ),
    ] = None,
    fit: Annotated[
        Fit | None,
        typer.Option(help="What is done with pictures of another size; default: refused."),
    ] = None,
    threshold: Annotated[
        float,
        typer.Option(help="Least score of a box.", min=0, callback=finite, metavar="X"),
    ] = THRESHOLD,
    iou: Annotated[
        float,
        typer.Option(
            help="Most overlap of two boxes of a class: intersection over union.",
            min=0,
            max=1,
            callback=finite,
            metavar="X",
        ),
    ] = IOU_LIMIT,
) -> None:
    """Classify pictures on a board.

    Scores are the integers that the hardware computes, and the class is the best of them. With
    --build pictures are checked, classes have names, and the values that scores stand for are
    printed as well, if those are others; without it pixels are bytes. Where the description of
    the build has a head, the boxes of each picture are printed instead, best first, with their
    sides as parts of its width and height. A note says how many pictures a second the port allows,
    and how many the design.

    With --simulate the whole design of the board, as it is placed, is compiled and run behind a
    terminal, and the same driver sends the pictures: some seconds each, and a minute before.
    """
    if simulate == (port is not None):
        raise ModelError("one of --port and --simulate must be given")
    if simulate and build is None:
        raise ModelError("--simulate needs --build, whose board is simulated")
    design, manifest = load_design(build) if build else (None, {})
    known = _find_board(BuildFolder(build), manifest) if build else None
    if simulate and known is None:
        raise ModelError(f"{build}: was built for no board; build it with --board")
    rate: int = baud or (DEFAULT_BAUD if known is None else known[0].baud)
    if design is None and fit is not None:
        raise ModelError("--fit needs --build, which says what size the network reads")
    # All files are read before the first picture is sent.
    if design is None:
        read = load_unsized(images, note)
    else:
        pieces = find_pictures(images, design.model, note)
        names = [piece.place.path for piece in pieces for _ in range(piece.count)]
        pixels = load_pieces(pieces, design.model, note, fit)
        read = [(path, pixels[k : k + 1]) for k, path in enumerate(names)]
    clock_mhz = known[1] if known is not None else design and design.plan.clock_mhz
    if design is not None:
        note(_rates(design, rate, clock_mhz, manifest["interval_cycles"]))
    with ExitStack() as stack:
        if port is None:
            assert design is not None
            assert known is not None
            # What simulates takes long to import.
            from sim.boards.simulated_board import simulating

            with steps() as step:
                choice, clock = known
                asked = replace(choice, baud=rate)
                port = stack.enter_context(simulating(design, asked, clock, step))
        seconds = timeout or (SIMULATED_SECONDS if simulate else SECONDS)
        link = stack.enter_context(BoardLink(port, baud=rate, timeout=seconds))
        bits = design.model.input.bits if design else 8
        for path, picture in ((path, picture) for path, pixels in read for picture in pixels):
            result = link.classify(pack_picture(picture, bits), _scores_of(design))
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


def _find_board(
    build: BuildFolder, manifest: Mapping[str, Any]
) -> tuple[BoardChoice, float] | None:
    """Board that a folder was synthesised or built for, and its clock in MHz."""
    if is_file(build.board):
        placed = find_placed_board(build, manifest["name"])
        choice, clock_mhz = placed.choice, placed.facts["clock_mhz"]
    else:
        choice, clock_mhz = built_board(build, manifest), manifest["clock_mhz"]
        if choice is None:
            return None
    if choice.link != "uart":
        raise ModelError(
            f"{build.path}: its board takes pictures by {choice.link}, not by the serial line that "
            "`hwgen run` sends them over"
        )
    return choice, clock_mhz


def _rates(design: Design, baud: int, clock_mhz: float | None, interval_cycles: int) -> str:
    """What the port and the design allow."""
    line = f"{baud:,} baud allow {_rounded(uart_rate(design, baud))} pictures a second"
    if clock_mhz is None:
        return line
    rate = clock_mhz * 1e6 / interval_cycles
    return f"{line}, the design {_rounded(rate)} at {clock_mhz:g} MHz"


def _rounded(rate: float) -> str:
    return f"{rate:,.1f}" if rate < 1000 else f"{rate:,.0f}"


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
