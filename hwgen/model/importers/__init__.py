"""Networks trained by others, read from their files into descriptions; one importer a file."""

from hwgen.model.importers.notes import notes_of
from hwgen.model.importers.options import Layout, Options, Pixels
from hwgen.model.importers.problems import Problem, RefusedError
from hwgen.model.importers.registry import IMPORTERS, import_model
from hwgen.model.importers.source import Importer

__all__ = [
    "IMPORTERS",
    "Importer",
    "Layout",
    "Options",
    "Pixels",
    "Problem",
    "RefusedError",
    "import_model",
    "notes_of",
]
