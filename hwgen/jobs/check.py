"""Whether a network that others trained can be imported, and all that keeps it out."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from hwgen.model import Model
from hwgen.model.importers import Importer, Options, Problem, RefusedError, import_model, notes_of

__all__ = ["Check", "check"]


@dataclass(frozen=True)
class Check:
    """A file, and what importing it comes to: a ``model``, or the ``refusal`` that says why not.

    ``importer`` is the one that knew the file, None where none did; ``notes`` are what was taken
    for granted or left out.
    """

    file: str
    importer: Importer | None
    notes: tuple[str, ...]
    model: Model | None = None
    refusal: RefusedError | None = None

    @property
    def ok(self) -> bool:
        """Whether it can be imported."""
        return self.refusal is None

    @property
    def problems(self) -> tuple[Problem, ...]:
        """All that keeps it out."""
        return () if self.refusal is None else self.refusal.problems

    def to_json(self) -> dict[str, Any]:
        """What ``--json`` prints."""
        return {
            "file": self.file,
            "importer": self.importer and self.importer.name,
            "ok": self.ok,
            "problems": [asdict(problem) for problem in self.problems],
            "notes": list(self.notes),
        }


def check(
    file: Path | str,
    *,
    pixels: str | None = None,
    layout: str | None = None,
    topology: str | None = None,
    progress: Callable[[str], object] = lambda step: None,
) -> Check:
    """Look for all that keeps a network from being imported, as ``hwgen check`` does.

    Parameters
    ----------
    file : path
        A network as others wrote it.
    pixels : str, optional
        What a graph reads for a pixel: "unit", "signed" or "raw". Default: what it shows.
    layout : str, optional
        Where its input has the channels: "first" or "last". Default: what it shows.
    topology : str, optional
        What files of weights alone lack: "cnv" or "lfc".
    progress : callable
        Told what begins.

    Returns
    -------
    Check

    Raises
    ------
    ModelError
        If the file cannot be read, or an option is none of these.
    ToolError
        If a Python package that reads this kind of file is not installed.
    """
    options = Options(pixels=pixels, layout=layout, topology=topology)
    progress(f"reading {file}")
    try:
        model, importer = import_model(file, options)
    except RefusedError as refusal:
        return Check(str(file), refusal.importer, refusal.notes, refusal=refusal)
    return Check(str(file), importer, notes_of(model.provenance), model)
