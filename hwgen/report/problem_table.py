"""Problems of a network as a table that fits a terminal; names of nodes are always whole."""

from collections.abc import Sequence
from textwrap import wrap

from hwgen.errors import one_line
from hwgen.model.importers.problems import Problem

__all__ = ["problem_lines"]

_WIDTH = 80
_LEAST = 20
"""Columns that a text gets, however wide what stands ahead of it is."""

_NODE = 36
"""Columns of nodes' names; a longer one has a line of its own."""

_OPERATOR = 20


def problem_lines(problems: Sequence[Problem]) -> list[str]:
    """Lines of a table: nodes with one reason together, below them why, and what to change.

    Only a name of more than 78 characters makes a line longer than a terminal is wide.
    """
    groups: dict[tuple[str, str], list[Problem]] = {}
    for problem in problems:
        groups.setdefault((problem.reason, problem.remedy), []).append(problem)
    node = _column("node", [_name(problem) for problem in problems], _NODE)
    operator = _column("operator", [one_line(p.operator) for p in problems], _OPERATOR)
    lines = [f"  {'node':{node}}  {'operator':{operator}}  found"] if problems else []
    for (reason, remedy), members in groups.items():
        for problem in members:
            lines += _row(problem, node, operator)
        lines += _wrapped("    why     ", reason)
        if remedy:
            lines += _wrapped("    change  ", remedy)
    return lines


def _column(head: str, texts: Sequence[str], most: int) -> int:
    return min(max(map(len, [head, *texts])), most)


def _name(problem: Problem) -> str:
    return one_line(problem.node) or "(the whole file)"


def _row(problem: Problem, node: int, operator: int) -> list[str]:
    name, kind = _name(problem), one_line(problem.operator)
    if len(name) <= node:
        return _wrapped(f"  {name:{node}}  {kind:{operator}}  ", problem.found)
    indent = " " * (node + 4)
    return [f"  {name}", *_wrapped(f"{indent}{kind:{operator}}  ", problem.found)]


def _wrapped(ahead: str, text: str) -> list[str]:
    """Text behind its head, on as many lines as it takes, parted between words alone."""
    width = max(_WIDTH - len(ahead), _LEAST)
    lines = wrap(one_line(text), width, break_long_words=False, break_on_hyphens=False)
    indent = " " * len(ahead)
    return [ahead + lines[0], *(indent + line for line in lines[1:])] if lines else [ahead.rstrip()]
