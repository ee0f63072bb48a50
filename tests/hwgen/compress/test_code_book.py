"""Code books as a pass."""

import numpy as np
import pytest
from plan_networks import precise, tiny

from hwgen.compress.code_book import give_code_book
from hwgen.errors import ModelError


def test_weights_move_to_few_values_and_nothing_else_does():
    model = precise()
    before = model.named["fc"].weights
    made, report = give_code_book(model, "fc", 4)
    after = made.named["fc"].weights
    assert (len(np.unique(after)), after.shape, after.dtype) == (4, before.shape, before.dtype)
    assert made.named["conv"] is model.named["conv"]
    moved = np.sqrt(((after.astype(float) - before) ** 2).sum() / (before.astype(float) ** 2).sum())
    assert report.to_json() == {
        "pass": "codebook", "layer": "fc", "values": 4, "values_before": len(np.unique(before)),
        "index_bits": 2, "weight_bits": 4, "relative_error": pytest.approx(moved),
    }  # fmt: skip
    assert report.line.startswith("fc: 4 values instead of ")
    assert max(map(len, report.line.splitlines())) <= 80


def test_what_makes_no_sense_is_refused():
    for name, count, message in (
        ("none", 4, r"layer 'none': there is none of this name$"),
        ("level", 4, r"layer 'level': quantise has no weights$"),
        ("fc", 1, r"a code book of weights of 4 bits has 2 to 8 values, not 1$"),
        ("fc", 9, r"has 2 to 8 values, not 9$"),
    ):
        with pytest.raises(ModelError, match=message):
            give_code_book(precise(), name, count)
    with pytest.raises(ModelError, match=r"a code book needs weights of more than one bit$"):
        give_code_book(tiny(), "classify", 4)
