"""Plain JSON values."""

from typing import Any

import numpy as np
import pytest

from hwgen.errors import ModelError, describe
from hwgen.model.values import check_json, check_text


def nest(levels: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(levels):
        value = [value]
    return value


@pytest.mark.parametrize(
    "value", [None, True, -1, 1.5, "\u00e9\n", [], {"a": [1, {"b": None}]}, nest(32), 10**307]
)
def test_what_json_holds_passes(value: Any):
    check_json(value)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ({"a": float("nan")}, "numbers must be finite, not nan"),
        ([float("-inf")], "numbers must be finite, not -inf"),
        (10**308, "integers must have at most 308 digits"),
        ({1: 2}, "keys must be text, not 1"),
        ((1, 2), r"must hold what JSON can, not \(1, 2\)"),
        (np.float32(1), r"must hold what JSON can, not np\.float32\(1\.0\)"),
        ("\ud800", r"text must be valid Unicode, not '\\ud800'"),
        ({"\udfff": 1}, r"text must be valid Unicode, not '\\udfff'"),
        (nest(33), "must not nest more than 32 levels"),
        (nest(100_000), "must not nest more than 32 levels"),
    ],
)
def test_what_json_cannot_hold_is_refused(value: Any, message: str):
    with pytest.raises(ModelError, match=f"^{message}$"):
        check_json(value)


@pytest.mark.parametrize("text", ["a", "caf\u00e9 au lait", "x" * 200])
def test_names_for_people_pass(text: str):
    check_text(text)


@pytest.mark.parametrize("text", ["", "x" * 201, "a\nb", "\x1b[1m", "\ud800", 3, None])
def test_other_names_are_refused(text: Any):
    with pytest.raises(
        ModelError, match=r"^a name must be text of 1 to 200 printable characters, not .+$"
    ):
        check_text(text)


@pytest.mark.parametrize(
    "value", ["a\nb" * 1000, list(range(1000)), nest(500), {"a" * 1000: 1}, 10**4000, np.ones(9)]
)
def test_a_message_shows_values_briefly_and_on_one_line(value: Any):
    shown = describe(value)
    assert len(shown) < 200
    assert "\n" not in shown
