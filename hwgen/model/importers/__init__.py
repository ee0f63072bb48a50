"""Networks trained by others, read from their files into descriptions; one importer a file."""

from hwgen.model.importers.options import Options
from hwgen.model.importers.registry import IMPORTERS, import_model
from hwgen.model.importers.source import Importer

__all__ = ["IMPORTERS", "Importer", "Options", "import_model"]
