"""Modules of emitted Verilog: their names, and where each stands below the top."""

import re
from collections.abc import Callable, Collection, Iterator

from hwgen.families.devices import FAMILIES

__all__ = ["NAME", "bare", "instance_paths", "plain_names", "replace_in_modules", "split_modules"]

NAME = r"(?:\\\S+ |\w+)"
"""Regular expression of a name as Amaranth's Verilog has it."""

_MODULE = re.compile(rf"^module ({NAME}) ?\(", re.MULTILINE)
_INSTANCE = re.compile(rf"^  ({NAME}) (?:#\([^;]*?\n  \) )?({NAME}) ?\($", re.MULTILINE)
_ESCAPED = re.compile(r"^(module |  )(\\\S+ )", re.MULTILINE)
_RESERVED = ("hwgen", *(name for family in FAMILIES.values() for name in family.reserved))
_CELL = re.compile(rf"(?:{'|'.join(_RESERVED)})_.*", re.IGNORECASE)
"""Names like those of cells, ours and the vendors', which a design may come to stand beside."""


def bare(name: str) -> str:
    """A name without what Verilog escapes it by."""
    return name.removeprefix("\\").rstrip(" ")


def split_modules(verilog: str) -> Iterator[tuple[str, str]]:
    """Each module's name and its text, up to the next module."""
    starts = [(m.start(), bare(m[1])) for m in _MODULE.finditer(verilog)]
    ends = [start for start, _ in starts[1:]] + [len(verilog)]
    for (start, name), end in zip(starts, ends, strict=True):
        yield name, verilog[start:end]


def replace_in_modules(
    pattern: re.Pattern[str], change: Callable[[re.Match[str], str, str], str], verilog: str
) -> str:
    """Change what a pattern finds, told the name and the text of the module that it is in."""
    modules = list(split_modules(verilog))
    head = verilog[: len(verilog) - sum(len(text) for _, text in modules)]
    return head + "".join(
        pattern.sub(lambda found, name=name, text=text: change(found, name, text), text)
        for name, text in modules
    )


def instance_paths(verilog: str) -> dict[str, str]:
    """Where each module stands: the top's name and those of instances, joined by dots.

    One that stands in many places has the first of them, one that no other places its own name.
    """
    below = {
        name: [(bare(kind), bare(instance)) for kind, instance in _INSTANCE.findall(text)]
        for name, text in split_modules(verilog)
    }
    placed = {kind for inside in below.values() for kind, _ in inside}
    paths: dict[str, str] = {}
    waiting = [(name, name) for name in list(below)[::-1] if name not in placed]
    while waiting:
        name, path = waiting.pop()
        if name in below and name not in paths:
            paths[name] = path
            waiting += [(kind, f"{path}.{instance}") for kind, instance in below[name][::-1]]
    return paths


def plain_names(verilog: str, keywords: Collection[str] = ()) -> str:
    r"""Rename modules whose names Verilog has to escape: ``\face.conv1 `` becomes ``face_conv1``.

    Names stay apart when case is ignored, as some tools do. Where two would meet, or a keyword or
    the name of a cell would come out, a number goes behind: ``face_conv1_2``. Names of instances
    and of signals stay.
    """
    names = [m[1] for m in _MODULE.finditer(verilog)]
    placed = [kind for kind, _ in _INSTANCE.findall(verilog)]
    taken = {bare(n).lower() for n in (*names, *placed) if n not in names or n[0] != "\\"}
    taken |= {word.lower() for word in keywords}
    chosen: dict[str, str] = {}
    for name in names:
        if name[0] != "\\":
            continue
        plain = re.sub(r"\W", "_", bare(name))
        number, free = 1, plain
        while free.lower() in taken or (number == 1 and _CELL.fullmatch(free)):
            number += 1
            free = f"{plain}_{number}"
        taken.add(free.lower())
        chosen[name] = free

    def rename(found: re.Match[str]) -> str:
        return found[1] + chosen.get(found[2], found[2])

    return _ESCAPED.sub(rename, verilog)
