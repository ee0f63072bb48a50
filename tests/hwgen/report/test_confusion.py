"""Confusion matrices as text."""

import io

import numpy as np
import pytest
from rich.console import Console

from hwgen.report.confusion import class_names, commonest, confusion_table


def printed(counts: np.ndarray, names: list[str] | None = None) -> list[str]:
    table = confusion_table(counts, names)
    assert table is not None
    out = io.StringIO()
    Console(file=out, width=80).print(table)
    return out.getvalue().splitlines()


def test_rows_are_what_pictures_show():
    assert [line.split() for line in printed(np.array([[3, 1], [0, 1234]]), ["a b", "c"])] == [
        ["shows", "0", "1"],
        ["0", "a", "b", "3", "1"],
        ["1", "c", "0", "1,234"],
    ]


@pytest.mark.parametrize("classes", [2, 10, 14])
@pytest.mark.parametrize("most", [9, 1234, 10**6])
def test_a_table_fits_80_columns_whole_or_is_none(classes: int, most: int):
    counts = np.full((classes, classes), most)
    if confusion_table(counts, None) is None:
        assert classes * len(f"{most:,}") > 50
        return
    lines = printed(counts)
    assert len(lines) == classes + 1
    assert all(line.split()[1:] == [f"{most:,}"] * classes for line in lines[1:])


def test_the_commonest_confusions_come_first_and_what_is_right_never():
    counts = np.diag(np.full(30, 99))
    counts[3, 7], counts[20, 1] = 5, 6
    assert confusion_table(counts, None) is None
    names = [f"n{k}" for k in range(30)]
    assert list(commonest(counts, names)) == [
        "20 n20 taken for 1 n1: 6",
        "3 n3 taken for 7 n7: 5",
    ]


def test_classes_go_by_their_index_and_their_name_where_it_is_another():
    assert class_names(2, ["0", "one"]) == ["0", "1 one"]
    assert class_names(2, None) == class_names(2, ["a"]) == ["0", "1"]
