"""What each layer computes, puts out and stores, against figures worked out by hand."""

import numpy as np

from hwgen.accounts.footprint import Row, count_layers, largest_pair
from hwgen.model import Builder


def ones(*shape: int) -> np.ndarray:
    return np.ones(shape, np.int8)


def mixed():
    """8-bit picture, a 1-bit layer, a residual path, and a dense layer with 4-bit weights."""
    net = Builder("mixed", height=6, width=4, channels=2)
    net.conv2d(ones(3, 3, 3, 2), "c1", padding="same", pad_pixel=0)
    net.batch_norm(1, 0, 0, 1, name="n1").sign("s1").max_pool(2, "p1")
    net.conv2d(ones(3, 1, 1, 3), "c2").batch_norm(1, 0, 0, 1, name="n2")
    net.quantise(5, signed=True, fraction_bits=2, name="q2").add(["q2", "p1"], "a2")
    net.relu("r2").quantise(4, signed=False, fraction_bits=0, name="l2")
    net.average_pool((3, 2), "mean").flatten()
    return net.dense(ones(2, 3), "fc", weight_bits=4).build()


def test_each_layer_is_counted():
    assert count_layers(mixed()) == (
        Row("input", "input", 0, 48, 8),
        # 54 weights at 24 positions; the sign behind it is what is stored.
        Row("c1", "conv2d", 54 * 24, 72, 1, 54, 1, 48, 8, True),
        Row("n1", "batch_norm", 72, 0, None, 12),
        Row("p1", "max_pool", 0, 18, 1),
        Row("c2", "conv2d", 9 * 6, 18, 5, 9, 1, 18, 1),
        Row("n2", "batch_norm", 18, 0, None, 12),
        Row("a2", "add", 0, 18, 4),
        # Sums of six numbers up to 15.
        Row("mean", "average_pool", 0, 3, 8),
        # Three products of up to 90 * 8.
        Row("fc", "dense", 6, 2, 13, 6, 4, 3, 8),
    )


def test_what_two_layers_read_is_stored_as_it_is_behind_the_last_shared_layer():
    net = Builder("fan", height=2, width=2, channels=1)
    net.conv2d(ones(1, 1, 1, 1), "c").sign("a", inputs="c").quantise(
        3, signed=True, fraction_bits=0, name="b", inputs="c"
    )
    model = net.add(["a", "b"], "sum").build()
    row = {row.name: row for row in count_layers(model)}["c"]
    # The sum itself, -255 to 255.
    assert row.activation_bits == 9


def test_the_largest_pair_counts_a_pixel_as_a_byte_at_least():
    rows = count_layers(mixed())
    assert largest_pair(rows) == 48 * 8 + 72
    assert largest_pair(rows, 1) == 48 * 8 + 72
    assert largest_pair(rows, 8) == 48 * 8 + 72 * 8
    assert largest_pair(rows, 16) == 48 * 16 + 72 * 16


def test_without_a_matrix_layer_there_is_no_pair():
    model = Builder("pool", height=2, width=2, channels=1).max_pool(2).build()
    assert largest_pair(count_layers(model)) == 0
