"""The talk's strategy: its mixes in its order, and the first that fits."""

import re
from fractions import Fraction

import numpy as np
import pytest

from hwgen.accounts.footprint import count_layers, largest_pair
from hwgen.accounts.precision import device_memory, list_mixes, plan_precision
from hwgen.errors import DeviceError, ModelError
from hwgen.families.devices import find_device
from hwgen.model import Builder
from hwgen.report.layer_tables import round_half_up
from models.zoo import make_network

ECP5_85 = find_device("ecp5-85")


def kb(bits: int) -> int:
    return int(round_half_up(Fraction(bits, 8 * 1024)))


def test_human_detection_has_the_five_mixes_of_the_talk_in_its_order():
    found = plan_precision(make_network("human"), ECP5_85)
    assert [(mix.letters, kb(mix.weight_bits)) for mix in found.mixes] == [
        ("CCCCCCC", 1371),
        ("CCBBCCC", 1169),
        ("CCBBBCC", 899),
        ("CBBBBCC", 831),
        ("CBBBBBC", 291),
    ]


@pytest.mark.parametrize("name", ["human", "human-CCCCCCC", "human-CBBBBCC", "human-cnn8"])
def test_the_precisions_of_the_topology_do_not_matter(name):
    found = plan_precision(make_network(name), ECP5_85)
    expected = plan_precision(make_network("human"), ECP5_85)
    assert found == expected


def test_of_human_detection_the_last_mix_fits_the_largest_part():
    found = plan_precision(make_network("human"), ECP5_85)
    assert [mix.fits["output"] for mix in found.mixes] == [False, False, False, True, True]
    assert [mix.fits["weights"] for mix in found.mixes] == [False] * 4 + [True]
    assert [mix.fits["built"] for mix in found.mixes] == [False] * 4 + [True]
    assert found.proposed is found.mixes[-1]
    assert found.like == "conv6"
    assert found.spare_bits == found.memory_bits - found.mixes[-1].weight_bits - (
        found.mixes[-1].line_bits
    )


def test_on_a_smaller_part_none_fits():
    found = plan_precision(make_network("human"), find_device("ecp5-45"))
    assert found.proposed is None
    assert (found.spare_bits, found.more_layers, found.like) == (0, 0, None)


@pytest.mark.parametrize("mix", ["CCBBBCC", "CBBBBBC"])
def test_the_memory_of_a_mix_is_that_of_the_network_built_in_it(mix):
    model = make_network(f"human-{mix}")
    found = {m.letters: m for m in plan_precision(model, ECP5_85).mixes}[mix]
    rows = [row for row in count_layers(model) if row.matrix]
    assert found.weight_bits == sum(row.weights * (row.weight_bits or 0) for row in rows)
    assert found.input_bits == max(row.inputs * (row.input_bits or 0) for row in rows)
    assert found.pair_bits == largest_pair(tuple(rows))


def test_fewer_bits_of_a_precise_layer_take_less():
    wide, narrow = (plan_precision(make_network("human"), ECP5_85, bits) for bits in (16, 8))
    assert kb(narrow.mixes[0].weight_bits) == 686
    assert [m.letters for m in narrow.mixes] == [m.letters for m in wide.mixes]
    small = find_device("ecp5-45")
    assert plan_precision(make_network("human"), small, 16).proposed is None
    proposed = plan_precision(make_network("human"), small, 8).proposed
    assert proposed is not None
    assert proposed.letters == "CBBBBBC"


@pytest.mark.parametrize(
    ("count", "mixes"),
    [
        (1, ("C",)),
        (2, ("CC",)),
        (3, ("CCC", "CBC")),
        (4, ("CCCC", "CBBC")),
        (5, ("CCCCC", "CBBCC", "CBBBC")),
        (6, ("CCCCCC", "CCBBCC", "CBBBCC", "CBBBBC")),
        (7, ("CCCCCCC", "CCBBCCC", "CCBBBCC", "CBBBBCC", "CBBBBBC")),
    ],
)
def test_mixes_grow_from_the_middle_and_never_reach_the_ends(count, mixes):
    assert list_mixes(count) == mixes


def test_line_buffers_have_the_rows_that_a_full_rate_takes():
    net = Builder("lines", height=8, width=8, channels=2)
    net.conv2d(np.ones((4, 3, 3, 2), np.int8), "c1", padding="same", pad_pixel=0).sign("s1")
    net.conv2d(np.ones((4, 3, 3, 4), np.int8), "c2", padding="same", pad_value=-1).sign("s2")
    net.max_pool(2, "p2").conv2d(np.ones((3, 1, 1, 4), np.int8), "c3")
    (_, mix) = plan_precision(net.build(), ECP5_85).mixes
    assert mix.letters == "CBC"
    # Rows of 8 pixels: three read, one written, and one for the padding between frames; of the
    # pool, which reads 16 bits, two read and two written.
    assert mix.line_bits == 5 * 8 * 2 * 8 + 5 * 8 * 4 * 1 + 4 * 8 * 4 * 16


def test_a_residual_path_is_read_as_its_widest_reader_reads():
    found = plan_precision(make_network("B-6-m1-k1-r"), ECP5_85)
    assert [mix.letters for mix in found.mixes][-1] == "CBBBBBC"
    assert found.mixes[-1].weight_bits == sum(
        row.weights * (16 if row.name in ("conv1", "fc7") else 1)
        for row in count_layers(make_network("B-6-m1-k1-r"))
        if row.matrix
    )


def test_memory_of_a_device_is_its_block_ram_and_spram():
    assert device_memory(ECP5_85) == 208 * 18432
    assert device_memory(find_device("up5k")) == 30 * 4096 + 4 * 16384 * 16


def test_a_device_that_is_no_part_is_refused():
    message = (
        "device must be a part, one of hx1k, up5k, hx8k, lp8k, ecp5-12, ecp5-25, ecp5-45, "
        "ecp5-85, ecp5-5g-45, ecp5-5g-85, not 'generic'"
    )
    with pytest.raises(DeviceError, match=f"^{re.escape(message)}$"):
        plan_precision(make_network("face"), find_device("generic"))


def test_a_network_without_weights_is_refused():
    model = Builder("pool", height=2, width=2, channels=1).max_pool(2).build()
    with pytest.raises(ModelError, match=r"^<memory>: has no layer with weights$"):
        plan_precision(model, ECP5_85)
