"""What a description is: a summary, a picture of its graph, and the network as QONNX."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from hwgen.accounts.memory_traffic import count_traffic
from hwgen.accounts.summary import NetworkSummary, summarise
from hwgen.design import Design, load_design
from hwgen.errors import ModelError
from hwgen.estimates.estimate import estimate_plan
from hwgen.files import check_writable, write_whole
from hwgen.model import Model, load_model
from hwgen.model.exporters import export_qonnx
from hwgen.readers.files import is_folder
from hwgen.report.graph_svg import graph_svg

__all__ = ["show"]


def show(
    source: Model | Path | str,
    *,
    svg: Path | str | None = None,
    onnx: Path | str | None = None,
    progress: Callable[[str], object] = lambda step: None,
) -> NetworkSummary:
    """Tell what a description is, as ``hwgen show`` does.

    Parameters
    ----------
    source : Model or path
        A description, its file, or the folder of a build.
    svg, onnx : path, optional
        Files to write: a picture of the graph, and the network as QONNX, which other programs
        open and `hwgen import` reads.
    progress : callable
        Told what begins.

    Returns
    -------
    NetworkSummary

    Raises
    ------
    HwgenError
        For what cannot be read or written; names the file, and the layer. Nothing is written then.
    """
    paths = [Path(path) for path in (svg, onnx) if path is not None]
    if len(paths) > 1 and paths[0].resolve() == paths[1].resolve():
        raise ModelError("--svg and --onnx must be different files")
    for path in paths:
        check_writable(path)
    built: Design | None = None
    if not isinstance(source, Model):
        progress(f"reading {source}")
        if is_folder(Path(source)):
            built, _ = load_design(Path(source))
            source = built.model
        else:
            source = load_model(Path(source))
    found = summarise(source)
    if built is not None:
        found = replace(
            found, traffic=count_traffic(built.plan), device=built.plan.device,
            resources=estimate_plan(built.network, built.plan).as_json(),
        )  # fmt: skip
    files: dict[Path, bytes] = {}
    if svg is not None:
        progress("drawing the graph")
        files[Path(svg)] = graph_svg(found).encode()
    if onnx is not None:
        progress("making QONNX")
        files[Path(onnx)] = export_qonnx(source)
    for path, data in files.items():
        write_whole(path, data)
    return found
