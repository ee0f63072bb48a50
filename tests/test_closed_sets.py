"""What tells the kinds of stages and units apart leaves none out: the type checker would see it."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CLOSED = ("stage", "unit")
"""Names of the variables that a closed union is matched by."""


def is_assertion(node: ast.stmt | None) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and isinstance(node.value.func, ast.Name)
        and node.value.func.id == "assert_never"
    )


def open_matches(text: str) -> list[int]:
    """Lines of matches of a stage or a unit without `assert_never` for what no case takes."""
    blocks = [
        block
        for node in ast.walk(ast.parse(text))
        for _, block in ast.iter_fields(node)
        if isinstance(block, list)
    ]
    found = []
    for block in blocks:
        for node, following in zip(block, [*block[1:], None], strict=False):
            if not isinstance(node, ast.Match) or not isinstance(node.subject, ast.Name):
                continue
            last = node.cases[-1]
            wildcard = isinstance(last.pattern, ast.MatchAs) and last.pattern.pattern is None
            end = last.body[0] if wildcard else following
            if node.subject.id in CLOSED and not is_assertion(end):
                found.append(node.lineno)
    return found


def test_every_match_of_a_stage_or_unit_ends_in_assert_never():
    paths = [p for folder in ("hwgen", "sim", "tests") for p in (ROOT / folder).rglob("*.py")]
    found = {path: open_matches(path.read_text(encoding="utf-8")) for path in paths}
    assert {str(path): lines for path, lines in found.items() if lines} == {}


def test_there_are_such_matches():
    text = (ROOT / "sim" / "schedule.py").read_text(encoding="utf-8")
    assert text.count("    match unit:\n") == text.count("    assert_never(unit)\n") == 2


@pytest.mark.parametrize(
    ("end", "lines"),
    [("    assert_never(unit)\n", []), ("        case _:\n            assert_never(unit)\n", []),
     ("    return 1\n", [2]), ("        case _:\n            return 1\n", [2]), ("", [2])],
)  # fmt: skip
def test_a_match_that_leaves_kinds_out_is_found(end: str, lines: list[int]):
    text = "def f(unit):\n    match unit:\n        case Fifo():\n            return 0\n"
    assert open_matches(text + end) == lines
