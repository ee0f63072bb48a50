"""All importers, and the choice among them by what a file holds."""

from os import PathLike
from pathlib import Path

from hwgen.errors import ModelError, located
from hwgen.model.importers.bnn_pynq import BNN_PYNQ
from hwgen.model.importers.bnn_pynq_folder import BNN_PYNQ_FOLDER
from hwgen.model.importers.decoded_mlp import DECODED_MLP
from hwgen.model.importers.keras import KERAS
from hwgen.model.importers.options import UNSAID, Options
from hwgen.model.importers.problems import Problem, RefusedError
from hwgen.model.importers.qonnx import QONNX
from hwgen.model.importers.single_layer import SINGLE_LAYER
from hwgen.model.importers.source import Importer, Source
from hwgen.model.importers.unread import check_kind
from hwgen.model.layers import Model
from hwgen.readers.files import is_folder
from hwgen.readers.npz import is_archive

__all__ = ["IMPORTERS", "import_model"]

IMPORTERS: tuple[Importer, ...] = (
    BNN_PYNQ_FOLDER, KERAS, BNN_PYNQ, DECODED_MLP, SINGLE_LAYER, QONNX,
)  # fmt: skip
"""In the order in which they are asked."""


def import_model(
    path: str | PathLike[str],
    options: Options = UNSAID,
) -> tuple[Model, Importer]:
    """Read a network that another program wrote; the file's name does not matter.

    Parameters
    ----------
    path : path
        The file.
    options : Options
        What the file does not say.

    Returns
    -------
    Model
        Verified; its ``provenance`` names the file and its SHA-256.
    Importer
        The one that read it.

    Raises
    ------
    RefusedError
        With all that keeps the network out, or that nothing here reads such a file.
    ModelError
        If the file cannot be read.
    ToolError
        If a Python package that reads this kind of file is not installed.
    """
    path = Path(path)
    with located(str(path)):
        source = Source.read(path, options)
        importer = None
        try:
            importer = _recognised(source)
            return importer.build(source).build(), importer
        except RefusedError as error:
            raise error.of(importer) from error
        except ModelError as error:
            # The builder's network has no file yet, and says so; the message names the one read.
            reason = error.reason.removeprefix(f"{Model.source}: ")
            problem = Problem("", "", error.found, reason, error.remedy)
            raise RefusedError([problem], importer=importer) from error


def _recognised(source: Source) -> Importer:
    if not source.data and not source.members:
        if is_folder(source.path):
            raise ModelError("is a folder without parameters of BNN-PYNQ")
        raise ModelError("the file is empty")
    check_kind(source.data)
    for importer in IMPORTERS:
        if importer.recognises(source):
            return importer
    if is_archive(source.data):
        names = ", ".join(sorted(source.arrays)[:8]) or "none"
        raise ModelError(f"no importer knows a network by these arrays: {names}")
    known = "; ".join(importer.what for importer in IMPORTERS)
    raise ModelError(f"no importer knows this content; what can be read: {known}")
