"""A page for a browser of a build, or of a store of sweeps."""

import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from hwgen.accounts.summary import summarise
from hwgen.build_folder import BuildFolder
from hwgen.design import load_design
from hwgen.errors import ModelError, located
from hwgen.explore.store import Store
from hwgen.files import check_writable, write_whole
from hwgen.readers.files import is_file, is_folder
from hwgen.readers.json_object import read_json
from hwgen.report.page.build_page import BuildFacts, build_page
from hwgen.report.page.store_page import store_page
from sim.simulate import simulate

__all__ = ["report"]

FRAMES = 4
"""Frames of the timeline."""


def report(
    source: Path | str,
    output: Path | str,
    *,
    progress: Callable[[str], object] = lambda step: None,
) -> int:
    """Write one self-contained page, as ``hwgen report`` does; returns its bytes.

    Parameters
    ----------
    source : path
        Folder of a build, or a store of ``hwgen explore``.
    output : path
        The page, ``.html``.

    Raises
    ------
    HwgenError
        `ModelError` if there is no such build or store, or the page cannot be written;
        `ToolError` if a library for pictures is missing.
    """
    source, output = Path(source), Path(output)
    if output.suffix.lower() not in (".html", ".htm"):
        raise ModelError(f"{output}: reports are .html pages")
    check_writable(output)
    if is_folder(source):
        text = _build(source, progress)
    elif is_file(source):
        progress(f"reading {source}")
        with Store(source) as store:
            rows = store.rows()
        if not rows:
            raise ModelError(f"{source}: has no points yet; run `hwgen explore` first")
        progress("drawing")
        text = store_page(rows, source.stem)
    else:
        raise ModelError(
            f"{source}: is neither a folder nor a file; give the folder of a build, or a store of "
            "`hwgen explore`"
        )
    data = text.encode()
    write_whole(output, data)
    return len(data)


def _build(folder: Path, progress: Callable[[str], object]) -> str:
    progress(f"reading {folder}")
    build = BuildFolder(folder)
    design, manifest = load_design(folder)
    size = design.model.input
    progress("simulating a timeline")
    with tempfile.TemporaryDirectory() as work:
        picture = Path(work) / "timeline.svg"
        dark = np.zeros((1, size.height, size.width, size.channels), np.int64)
        simulate(folder, dark, frames=FRAMES, timeline=picture)
        timeline = picture.read_text(encoding="utf-8")
    progress("drawing")
    return build_page(
        BuildFacts(
            manifest=manifest,
            summary=summarise(design.model),
            timeline=timeline,
            folder=str(folder),
            synthesis=_found(build.synthesis),
            verification=_found(build.verification),
            floorplan=_found(build.floorplan),
            board=_found(build.board),
            energy=_found(build.energy),
        )
    )


def _found(path: Path) -> dict[str, Any] | None:
    """Contents of a result; None where there is none."""
    if not is_file(path):
        return None
    with located(str(path)):
        return read_json(path, "it")
