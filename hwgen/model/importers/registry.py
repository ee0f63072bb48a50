"""All importers, and the choice among them by what a file holds."""

from functools import partial
from os import PathLike
from pathlib import Path

from hwgen.errors import ModelError, located
from hwgen.model.importers.bnn_pynq import BNN_PYNQ
from hwgen.model.importers.decoded_mlp import DECODED_MLP
from hwgen.model.importers.options import UNSAID, Options
from hwgen.model.importers.qonnx import QONNX
from hwgen.model.importers.single_layer import SINGLE_LAYER
from hwgen.model.importers.source import Importer, Source, built
from hwgen.model.importers.torch_state import TORCH_STATE
from hwgen.model.layers import Model
from hwgen.readers.npz import is_archive

__all__ = ["IMPORTERS", "import_model"]

IMPORTERS: tuple[Importer, ...] = (BNN_PYNQ, DECODED_MLP, SINGLE_LAYER, QONNX, TORCH_STATE)
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
    ModelError
        One sentence naming the file and what is wrong with it, or that nothing here reads it.
    ToolError
        If a Python package that reads this kind of file is not installed.
    """
    path = Path(path)
    with located(str(path)):
        source = Source.read(path, options)
        if not source.data:
            raise ModelError("the file is empty")
        for importer in IMPORTERS:
            if importer.recognises(source):
                return built(partial(importer.build, source)), importer
        if is_archive(source.data):
            names = ", ".join(sorted(source.arrays)[:8]) or "none"
            raise ModelError(f"no importer knows a network by these arrays: {names}")
        known = "; ".join(importer.what for importer in IMPORTERS)
        raise ModelError(f"no importer knows this content; what can be read: {known}")
