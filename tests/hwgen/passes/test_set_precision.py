"""A topology in another precision: the same as if it had been written in it."""

from dataclasses import replace

import numpy as np
import pytest
from small_networks import small_face

from hwgen.accounts.footprint import Row, count_layers
from hwgen.design import make_design
from hwgen.model import Conv2d, Model, infer_shapes
from hwgen.passes.set_precision import set_precision
from models.zoo import make_network


def rows(model: Model) -> list[Row]:
    """Counts of a model; of batch normalisations nothing changes."""
    return [row for row in count_layers(model) if row.kind != "batch_norm"]


def widths(model: Model) -> dict[str, int]:
    return {row.name: row.weight_bits or 0 for row in count_layers(model) if row.matrix}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        ("human", "human-CBBBBBC"),
        ("human-CBBBBBC", "human-CCBBBCC"),
        ("human-CCCCCCC", "human"),
        ("face-cnn16", "face-cnn8"),
        ("uyolo", "uyolo-cnn8"),
        ("B-6-m1-k1", "F-6-m1-k1"),
    ],
)
def test_it_counts_like_the_network_written_in_that_precision(given, wanted):
    model, other = make_network(given), make_network(wanted)
    made = set_precision(model, widths(other))
    found, expected = rows(made), rows(other)
    if given.startswith("B"):
        # The mean of a map of bits keeps its own width.
        found, expected = (
            [
                replace(r, activation_bits=0, input_bits=0)
                for r in part
                if r.name[:2] in ("co", "fc")
            ]
            for part in (found, expected)
        )
    assert found == expected
    assert {n: s for n, s in infer_shapes(made).items() if "_relu" not in n}.items() >= {
        row.name: infer_shapes(other)[row.name] for row in expected
    }.items()


def test_its_own_precision_changes_no_weight_and_no_layer():
    model = make_network("B-6-m1-k1-r")
    made = set_precision(model, widths(model))
    assert [(x.name, x.kind, x.inputs) for x in made.layers] == [
        (x.name, x.kind, x.inputs) for x in model.layers
    ]
    for layer, other in zip(made.layers, model.layers, strict=True):
        if isinstance(layer, Conv2d) and isinstance(other, Conv2d):
            assert np.array_equal(layer.weights, other.weights)
            assert layer.padding == other.padding


def test_a_padded_layer_pads_with_what_its_inputs_have():
    made = set_precision(make_network("human"), widths(make_network("human-CCBBCCC")))
    convs = [layer for layer in made.layers if isinstance(layer, Conv2d)]
    assert [conv.padding.value for conv in convs[1:]] == [0, -1, -1, 0, 0, 0]
    assert convs[0].padding.pixel == 128


def test_weights_keep_their_signs():
    model = make_network("face")
    made = set_precision(model, dict.fromkeys(widths(model), 6))
    for layer, other in zip(made.layers, model.layers, strict=False):
        if isinstance(layer, Conv2d) and isinstance(other, Conv2d):
            assert np.array_equal(np.sign(layer.weights), other.weights)
            assert abs(layer.weights).max() == 31


def test_of_one_bit_everywhere_it_can_be_planned():
    model = small_face()
    wide = set_precision(model, {"conv1": 16, "conv2": 16, "fc": 16})
    back = set_precision(wide, {"conv1": 1, "conv2": 1, "fc": 1})
    assert make_design(back).plan.folding == make_design(model).plan.folding
