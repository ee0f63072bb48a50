"""A folding file in a sweep."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hwgen.kept_results import digest_of

__all__ = ["FoldingFile"]

DIGITS = 12


@dataclass(frozen=True)
class FoldingFile:
    """A folding that is asked for: equal ones have the same in them, whatever their names.

    Parameters
    ----------
    text : str
        JSON of what is in it, in the one order of keys.
    contents : mapping
        What is in it.
    file : str
        Its name, for messages.
    """

    text: str
    contents: Mapping[str, Any] = field(compare=False)
    file: str = field(compare=False)

    @classmethod
    def of(cls, contents: Mapping[str, Any], file: str) -> "FoldingFile":
        """Of its contents."""
        return cls(json.dumps(contents, sort_keys=True, default=repr), contents, file)

    @property
    def entries(self) -> tuple[Mapping[str, Any], str]:
        """Its contents, and the name for messages."""
        return self.contents, self.file

    @property
    def digest(self) -> str:
        """What its contents are told apart by in a table."""
        return digest_of(self.text)[:DIGITS]
