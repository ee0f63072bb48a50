"""Why a network cannot be imported: its problems, all at once."""

from collections.abc import Sequence
from dataclasses import dataclass

from hwgen.errors import ModelError, one_line
from hwgen.model.importers.source import Importer

__all__ = ["Problem", "RefusedError"]


@dataclass(frozen=True)
class Problem:
    """What keeps a network out: where, what was found there, why, and what to change.

    ``node`` and ``operator`` are empty for a problem of the whole file; ``found`` and ``remedy``
    where there is nothing to say.
    """

    node: str
    operator: str
    found: str
    reason: str
    remedy: str

    @property
    def sentence(self) -> str:
        """All but what was found, on one line."""
        where = f"node '{one_line(self.node)}' ({self.operator}): " if self.node else ""
        return f"{where}{self.reason}" + (f"; {self.remedy}" if self.remedy else "")


class RefusedError(ModelError):
    """A network with problems; its sentence is the first of them, and how many more there are.

    ``notes`` are what was found out in spite of them; ``importer`` is the one that knew the file.
    """

    def __init__(
        self,
        problems: Sequence[Problem],
        notes: Sequence[str] = (),
        *,
        importer: Importer | None = None,
        where: str = "",
    ):
        first, *others = problems
        more = "s" if len(others) > 1 else ""
        rest = f" (and {len(others):,} more problem{more})" if others else ""
        super().__init__(f"{where}{first.sentence}{rest}")
        self.problems = tuple(problems)
        self.notes = tuple(notes)
        self.importer = importer
        self._where = where

    def of(self, importer: Importer | None) -> "RefusedError":
        """The same with the importer that knew the file."""
        return RefusedError(self.problems, self.notes, importer=importer, where=self._where)

    def within(self, where: str) -> "RefusedError":
        """The same with ``where`` ahead of its sentence."""
        where = f"{where}: {self._where}"
        return RefusedError(self.problems, self.notes, importer=self.importer, where=where)
