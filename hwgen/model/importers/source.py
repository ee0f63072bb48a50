"""A file to be imported, and what an importer is."""

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from hwgen.model.builder import Builder
from hwgen.model.importers.archive import Arrays, read_archive
from hwgen.model.importers.options import UNSAID, Options
from hwgen.model.names import KEYWORDS, MAX_NAME_LENGTH
from hwgen.readers.files import is_folder, read_bytes
from hwgen.readers.folder import read_folder
from hwgen.readers.npz import MAX_BYTES, is_archive

__all__ = ["Importer", "Source"]


_PARAMETERS = (".bin", ".txt")
"""Endings of the files of a folder that can be parameters, or say what they are."""


@dataclass(frozen=True)
class Source:
    """A file's name and bytes, and what a person says of it that it does not say itself.

    A folder has no bytes of its own, but ``members``, its files by name.
    """

    path: Path
    data: bytes
    options: Options = UNSAID
    members: Mapping[str, bytes] = field(default_factory=dict)

    @classmethod
    def read(cls, path: Path, options: Options = UNSAID) -> "Source":
        """Read a file, or the parameters in a folder, of at most 64 MiB.

        Raises
        ------
        ModelError
            If it cannot be read, is no plain file, or is too large.
        """
        if is_folder(path):
            return cls(path, b"", options, read_folder(path, _PARAMETERS, MAX_BYTES))
        return cls(path, read_bytes(path, MAX_BYTES), options)

    @cached_property
    def arrays(self) -> Arrays:
        """The arrays of an ``.npz`` file; none of any other file."""
        return read_archive(self.data) if is_archive(self.data) else {}

    @property
    def name(self) -> str:
        """The file's name without its ending, made into one that Verilog takes."""
        stem = self.path.resolve().name if self.members else self.path.stem
        name = re.sub(r"[^A-Za-z0-9_]", "_", stem)
        if not re.match(r"[A-Za-z]", name) or name in KEYWORDS:
            name = f"net_{name}"
        return name[:MAX_NAME_LENGTH]

    def _digest(self) -> str:
        """SHA-256 of the file; of a folder that of the lines "digest  name" of its files."""
        lines = (f"{hashlib.sha256(d).hexdigest()}  {n}\n" for n, d in self.members.items())
        return hashlib.sha256(self.data or "".join(lines).encode()).hexdigest()

    def provenance(self, importer: str, **more: Any) -> dict[str, Any]:
        """What a description says of where it comes from."""
        return {
            "imported_from": self.path.name,
            "sha256": self._digest(),
            "importer": importer,
            "author": "the file names none",
            "licence": "the file names none; ask its author",
            **more,
        }


@dataclass(frozen=True)
class Importer:
    """How one kind of file becomes a description.

    ``recognises`` tells from the content alone, never from the file's name. ``build`` makes the
    network; it raises ModelError, without naming the file, for content that breaks its rules.
    """

    name: str
    what: str
    recognises: Callable[[Source], bool]
    build: Callable[[Source], Builder]
