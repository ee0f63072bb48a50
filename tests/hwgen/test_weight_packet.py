"""Words of a frame's weights: the bits that each layer's elements want, in the order it reads."""

from itertools import product

import numpy as np
import pytest
from small_networks import small_face

from hwgen.design import Design, make_design
from hwgen.generate import emit_files
from hwgen.model import Builder
from hwgen.weight_packet import weight_packet


def design_of(device: str = "generic", model=None, **foldings) -> Design:
    entries = {name: {"storage": "external", **entry} for name, entry in foldings.items()}
    return make_design(model or small_face(), device=device, folding=(entries, "test"))


def words_of(design: Design) -> list[int]:
    return weight_packet(design.network, design.plan).tolist()


def bits_read(weights: np.ndarray, pe: int, group: int) -> list[int]:
    """Weights (outputs, rows, columns, channels), one by one in the order of the contract."""
    outputs, ky, kx, channels = weights.shape
    return [
        int(weights[nf * pe + p, ty, tx, g * group + c])
        for nf, ty, tx, g in product(range(outputs // pe), range(ky), range(kx),
                                     range(channels // group))
        for p, c in product(range(pe), range(group))
    ]  # fmt: skip


def ported(bits: list[int]) -> list[int]:
    """Words of 16 bits, the first bit the lowest."""
    return [sum(b << n for n, b in enumerate(bits[k : k + 16])) for k in range(0, len(bits), 16)]


@pytest.mark.parametrize(("pe", "simd"), [(1, 1), (2, 2), (2, 8), (8, 8)])
def test_words_that_divide_those_of_the_port_fill_them(pe, simd):
    design = design_of(conv2={"pe": pe, "simd": simd, "rows": 4})
    stage = design.network.matrices["conv2"]
    assert words_of(design) == ported(bits_read(stage.weights, pe, simd))


@pytest.mark.parametrize(("pe", "simd", "words"), [(2, 3, 1), (6, 3, 2), (1, 1, 1), (6, 6, 3)])
def test_words_that_do_not_are_filled_up_at_the_top(pe, simd, words):
    rng = np.random.default_rng(3)
    net = Builder("six", height=3, width=1, channels=6).sign("start")
    model = net.conv2d(rng.choice([-1, 1], (6, 1, 1, 6)), "a").sign("ends").build()
    design = design_of(model=model, a={"pe": pe, "simd": simd, "rows": 3})
    bits = bits_read(design.network.matrices["a"].weights, pe, simd)
    lanes, expected = pe * simd, []
    if lanes == 1:
        # 36 weights are no whole words of the port: each takes one.
        expected = bits
    else:
        for k in range(0, len(bits), lanes):
            expected += ported(bits[k : k + lanes] + [0] * (16 * words - lanes))
    assert words_of(design) == expected


@pytest.mark.parametrize(("device", "negated"), [("generic", 0), ("ecp5-85", 1)])
def test_weights_are_coded_as_the_fabric_counts(device, negated):
    design = design_of(device, conv2={"pe": 2, "simd": 8, "rows": 4})
    stage = design.network.matrices["conv2"]
    bits = [bit ^ negated for bit in bits_read(stage.weights, 2, 8)]
    assert words_of(design) == ported(bits)


def test_weights_of_several_bits_are_two_s_complement():
    rng = np.random.default_rng(3)
    weights = rng.integers(-8, 8, (4, 1, 1, 4))
    net = Builder("wide", height=2, width=2, channels=4).sign("start")
    model = net.conv2d(weights, "a", weight_bits=4).sign("ends").build()
    design = design_of(model=model, a={"pe": 1, "simd": 4, "rows": 2})
    stage = design.network.matrices["a"]
    assert words_of(design) == [
        sum((int(w) & 15) << 4 * k for k, w in enumerate(row)) for row in stage.weights[:, 0, 0]
    ]


def test_a_layer_of_several_passes_gets_its_words_as_often():
    once, thrice = (
        words_of(design_of(conv2={"pe": 2, "simd": 8, "rows": rows})) for rows in (4, 1)
    )
    assert thrice == 4 * once


@pytest.mark.parametrize(("pe", "rows", "reads"), [(4, 4, 1), (4, 1, 4), (2, 0, 12), (1, 1, 4)])
def test_words_that_share_one_of_the_port_go_on_from_round_to_round(pe, rows, reads):
    # 12 weights are no whole words of the port, all rounds of them are.
    rng = np.random.default_rng(3)
    net = Builder("few", height=4, width=3, channels=3).sign("start")
    model = net.conv2d(rng.choice([-1, 1], (4, 1, 1, 3)), "a").sign("ends").build()
    design = design_of(model=model, a={"pe": pe, "simd": 1, "rows": rows})
    bits = bits_read(design.network.matrices["a"].weights, pe, 1)
    if reads > 1:
        assert words_of(design) == ported(bits * reads)
    else:
        assert words_of(design) == [word for k in (0, 4, 8) for word in ported(bits[k : k + 4])]


def test_layers_follow_one_another():
    both = design_of(conv2={"pe": 2, "simd": 8}, fc={"pe": 2, "simd": 8})
    apart = [words_of(design_of(**{n: {"pe": 2, "simd": 8}})) for n in ("conv2", "fc")]
    assert words_of(both) == apart[0] + apart[1]


def test_the_file_of_weights_has_those_of_sprams_and_then_the_packet():
    design = make_design(
        small_face(), device="up5k",
        folding=({"conv1": {"pe": 8, "simd": 3, "storage": "spram"},
                  "conv2": {"pe": 2, "simd": 8, "storage": "external"}}, "test"),
    )  # fmt: skip
    data = emit_files(design)["mini_weights.bin"]
    load, packet = design.plan.load_words, words_of(design)
    assert load > 0
    assert len(data) == 2 * (load + len(packet))
    assert np.frombuffer(data, "<u2")[load:].tolist() == packet
    without = make_design(small_face(), folding=({}, "test"))
    assert "mini_weights.bin" not in emit_files(without)
    assert words_of(without) == []
