"""The input of a description: its type, and a table for it."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hwgen.errors import ModelError
from hwgen.model import load_model
from hwgen.model.layers import Table

Document = dict[str, Any]
Write = Callable[[Document], Path]


@pytest.mark.parametrize(
    ("name", "bits", "signed"), [("uint1", 1, False), ("int2", 2, True), ("uint16", 16, False)]
)
def test_the_type_of_the_input_has_bits_and_a_sign(
    document: Document, write: Write, name, bits, signed
):
    document["input"]["type"] = name
    picture = load_model(write(document)).input
    assert (picture.bits, picture.signed, picture.number_type) == (bits, signed, name)


def test_a_table_has_as_many_levels_as_there_are_pixels(document: Document, write: Write):
    document["input"]["type"] = "int3"
    document["input"]["transform"] = {"kind": "table", "values": [[*range(8)], [*range(7, -1, -1)]]}
    table = load_model(write(document)).input.transform
    assert isinstance(table, Table)
    assert table.values.shape == (2, 8)
    document["input"]["transform"]["values"][1].pop()
    with pytest.raises(ModelError, match=r"values must have as many levels for each channel$"):
        load_model(write(document))
