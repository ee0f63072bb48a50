"""`hwgen tables` of the zoo's networks against every figure of the talk's slides.

Where a slide contradicts itself, both its figure and the one computed here are held, with the
reason.
"""

from fractions import Fraction
from functools import cache

import pytest
from talk_tables import COLUMNS, FAMILY_ROWS, MIX_SIZES, SUMMARY, cells

from hwgen.accounts.footprint import count_layers, largest_pair
from hwgen.report.tables import Line, NetworkTable, make_table, round_half_up
from models.zoo import make_network

OPTIONS = {"face": {"norms": False}, "human": {"kilobyte": 1024, "norms": False, "picture": False}}
"""How the slides' tables differ from each other."""

# (network, row): {column: figure computed here}, with the reason above each.
KNOWN: dict[tuple[str, str], dict[str, str]] = {}
for _network in ("vgg8", "uyolo"):
    # The slides have the picture and the first convolution for a buffer of 224 x 244 pixels; all
    # other rows, the pool behind that convolution included, are those of 224 x 224.
    KNOWN[_network, "input"] = {"activations": "151", "act16": "301", "act8": "151", "act1": "151"}
    KNOWN[_network, "conv1"] = {
        "macs": "22", "activations": "803", "act16": "1606", "act8": "803", "act1": "100"
    }  # fmt: skip
KNOWN["vgg8", "total"] = {
    "macs": "388", "activations": "2145", "act16": "4289", "act8": "2145", "act1": "400"
}  # fmt: skip
# Weights and activations of conv4 and conv5 are those of 1 x 1 kernels, their MACs those of 3 x 3.
KNOWN["uyolo", "conv4"] = {"macs": "6"}
KNOWN["uyolo", "conv5"] = {"macs": "6"}
KNOWN["uyolo", "total"] = {
    "macs": "292", "activations": "2149", "act16": "4298", "act8": "2149", "act1": "400"
}  # fmt: skip
# The slide puts out 14 x 14 positions of conv3, but counts the MACs of 7 x 7, its pool's output.
KNOWN["gender", "conv3"] = {"macs": "173"}
KNOWN["gender", "total"] = {"macs": "402"}

TOTALS = ("macs", "act16", "act8", "act1", "wgt16", "wgt8", "wgt1")
"""Columns of the slide with four networks."""


@cache
def network(name: str):
    return make_network(name)


@cache
def table(name: str) -> NetworkTable:
    return make_table(network(name), **OPTIONS.get(name, {}))


def figures(found: NetworkTable, line: Line) -> dict[str, Fraction]:
    """Cells of a line in the units of the slides."""
    return {
        "macs": Fraction(line.macs, 10**6),
        "activations": Fraction(line.activations, 1000),
        "weights": Fraction(line.weights, 1000),
        **{f"act{width}": found.kb(bits) for width, bits in line.activation_bits.items()},
        **{f"wgt{width}": found.kb(bits) for width, bits in line.weight_bits.items()},
    }


def printed(value: Fraction, like: str) -> str:
    """Number with as many decimals as the slide's, halves up."""
    digits = len(like.partition(".")[2])
    return f"{float(round_half_up(value, digits)):.{digits}f}"


def check(name: str, row: str, column: str, slide: str):
    found = table(name)
    line = {line.name: line for line in (*found.lines, found.total)}[row]
    computed = printed(figures(found, line)[column], slide)
    known = KNOWN.get((name, row), {}).get(column)
    if known is None:
        assert computed == slide
    else:
        assert computed == known
        assert known != slide


@pytest.mark.parametrize(("name", "row", "column", "slide"), list(cells()))
def test_each_figure_of_a_table_is_that_of_the_slide(name, row, column, slide):
    check(name, row, column, slide)


@pytest.mark.parametrize(
    ("name", "column", "slide"),
    [(n, c, x) for n, text in SUMMARY.items() for c, x in zip(TOTALS, text.split(), strict=True)],
)
def test_each_figure_of_the_four_applications_is_that_of_the_slide(name, column, slide):
    check(name, "total", column, slide)


def test_every_inconsistency_stated_is_about_a_figure_of_the_slides():
    on_slides = {(name, row, column) for name, row, column, _ in cells()}
    stated = {(*key, column) for key, columns in KNOWN.items() for column in columns}
    assert stated <= on_slides
    assert {column for _, _, column in stated} <= set(COLUMNS)


@pytest.mark.parametrize("name", ["vgg8", "uyolo"])
def test_a_buffer_of_224_by_244_gives_the_figures_that_differ(name):
    conv1 = network(name).layers[0]
    pixels = 224 * 244
    assert printed(Fraction(pixels * 3, 1000), "164") == "164"
    assert printed(Fraction(pixels * 16, 1000), "874") == "874"
    assert printed(Fraction(pixels * conv1.weights.size, 10**6), "24") == "24"
    # The totals, too: 26,880 values more, and their pixels once.
    more = pixels - 224 * 224
    totals = {"vgg8": ("2230", "4459", "422"), "uyolo": ("2234", "4469", "423")}[name]
    total = table(name).total
    for width, slide in zip((8, 16, 1), totals, strict=True):
        bits = total.activation_bits[width] + more * (3 * max(8, width) + 16 * width)
        assert printed(table(name).kb(bits), slide) == slide


def test_kernels_of_3_by_3_in_conv4_and_conv5_give_the_macs_of_the_slide():
    lines = {line.name: line for line in table("uyolo").lines}
    assert [printed(Fraction(lines[n].macs * 9, 10**6), "58") for n in ("conv4", "conv5")] == [
        "58", "58"
    ]  # fmt: skip
    extra = 8 * (lines["conv4"].macs + lines["conv5"].macs)
    # With the 224 x 244 buffer in conv1 and its batch normalisation.
    wide = (224 * 244 - 224 * 224) * (network("uyolo").layers[0].weights.size + 16)
    macs = table("uyolo").total.macs + extra + wide
    assert printed(Fraction(macs, 10**6), "396") == "396"


def test_conv3_of_gender_at_7_by_7_positions_gives_the_macs_of_the_slide():
    lines = {line.name: line for line in table("gender").lines}
    assert printed(Fraction(lines["conv3"].macs, 4 * 10**6), "43") == "43"
    less = lines["conv3"].macs * 3 // 4
    # Its batch normalisation counts 14 x 14 positions or 7 x 7: the total is the same.
    assert printed(Fraction(table("gender").total.macs - less, 10**6), "271") == "271"


@pytest.mark.parametrize(("mix", "slide"), MIX_SIZES.items())
def test_weights_of_each_mix_of_human_detection_are_those_of_the_slide(mix, slide):
    found = make_table(network(f"human-{mix}"), kilobyte=1024, norms=False)
    assert printed(found.kb(found.total.described_weight_bits or 0), slide) == slide


def test_face_takes_the_memory_that_the_talk_says():
    # "26KB of memory: all weights + MAX (one layer's in & out activations)".
    found = table("face")
    memory = {w: found.kb(found.total.weight_bits[w] + found.pair_bits[w]) for w in (16, 8, 1)}
    assert printed(memory[1], "26") == "26"
    # "16b case ~ 400KB; 8b case ~ 200KB": by the same sum 370 and 185.
    assert [printed(memory[w], "0") for w in (16, 8)] == ["370", "185"]


# -- CIFAR-100 family ------------------------------------------------------------------------------

LITERAL = {
    # These rows print k**2 exactly, but a first layer that keeps its width (m1) makes the second
    # one k times as dear and not k**2 times. They are the figures of a first layer widened, too.
    "B-6-m1-k3": "50",
    "B-6-m1-k5": "135",
    "B-6-m1-k8": "342",
    "B-6-m1-k10": "531",
    "B-12-m1-k2-r": "48",
    "B-12-m1-k4-r": "188",
}
"""Computation time of the network that a row's name describes, where it is not the slide's."""


def computation(name: str) -> Fraction:
    """MACs in units of a 16-bit one, of which a 1-bit one is a sixteenth.

    Of the convolutions that read activations: neither the first layer, whose pixels have 8 bits in
    every row, nor the classes count.
    """
    total = Fraction(0)
    for row in count_layers(network(name)):
        if row.kind == "conv2d" and not row.reads_picture:
            total += Fraction(row.macs, 1 if (row.weight_bits or 1) > 1 else 16)
    return total


def memory(name: str) -> int:
    """Largest input and output of a layer, at 16 bits in F and at 1 bit in B."""
    return largest_pair(count_layers(network(name)), 16 if name.startswith("F") else 1)


def percent(value: Fraction, base: Fraction) -> str:
    return printed(100 * value / base, "0")


@pytest.mark.parametrize(("name", "slide"), [(n, row[0]) for n, row in FAMILY_ROWS.items()])
def test_computation_time_of_the_family_is_that_of_the_slide(name, slide):
    base = computation("F-6-m1-k1")
    found = percent(computation(name), base)
    if name in LITERAL:
        assert found == LITERAL[name] != slide
        wide = name.replace("m1", f"m{name.split('-k')[1].partition('-')[0]}")
        assert percent(computation(wide), base) == slide
    else:
        assert found == slide


@pytest.mark.parametrize(("name", "slide"), [(n, row[1]) for n, row in FAMILY_ROWS.items()])
def test_memory_usage_of_the_family_is_that_of_the_slide(name, slide):
    assert percent(Fraction(memory(name)), Fraction(memory("F-6-m1-k1"))) == slide
