"""Tables of a network: totals, options, what a plan adds, and how numbers are written."""

from fractions import Fraction

import pytest
from small_networks import small_face

from hwgen.design import make_design
from hwgen.report.layer_tables import make_table, round_half_up
from hwgen.report.tables_text import figure, markdown


def test_the_total_is_the_sum_of_the_lines():
    table = make_table(small_face())
    total = table.total
    assert total.macs == sum(line.macs for line in table.lines)
    assert total.activations == sum(line.activations for line in table.lines)
    assert total.weights == sum(line.weights for line in table.lines)
    for width in (16, 8, 1):
        assert total.activation_bits[width] == sum(x.activation_bits[width] for x in table.lines)
        assert total.weight_bits[width] == total.weights * width


def test_a_pixel_is_a_byte_in_the_1_bit_column():
    picture = make_table(small_face()).lines[0]
    assert picture.activation_bits == {16: 192 * 16, 8: 192 * 8, 1: 192 * 8}


def test_lines_for_picture_and_batch_normalisations_can_be_left_out():
    names = [line.name for line in make_table(small_face(), norms=False, picture=False).lines]
    assert names == ["conv1", "pool1", "conv2", "pool2", "fc"]
    pairs = {make_table(small_face(), picture=p).described_pair_bits for p in (True, False)}
    assert len(pairs) == 1


def test_a_kilobyte_is_what_was_asked_for():
    assert make_table(small_face()).kb(8000) == 1
    assert make_table(small_face(), kilobyte=1024).kb(8192) == 1


@pytest.mark.parametrize("options", [{}, {"norms": False, "picture": False}])
def test_what_a_plan_keeps_is_all_counted(options):
    design = make_design(small_face())
    table = make_table(design.model, design.plan, **options)
    built = table.total.built
    assert built is not None
    assert built.buffer_bits == sum(b.size * b.bits for b in design.plan.buffers())
    assert built.weight_bits == sum(layer.weight_bits for layer in design.plan.layers)
    assert built.cycles == max(layer.cycles for layer in design.plan.layers)
    by_name = {line.name: line.built for line in table.lines}
    window = next(b for b in design.plan.buffers() if b.unit == "conv2_window")
    conv2 = by_name["conv2"]
    assert conv2 is not None
    assert conv2.buffer_bits > window.size * window.bits
    assert conv2.weight_bits == 8 * 9 * 8


def test_without_a_plan_nothing_is_built_and_the_reason_is_passed_on():
    table = make_table(small_face(), problem="why")
    assert table.total.built is None
    document = table.to_json()
    assert document["not_built"] == "why"
    assert {layer["built"] for layer in document["layers"]} == {None}


@pytest.mark.parametrize(
    ("value", "digits", "expected"),
    [
        (Fraction(1, 2), 0, 1),
        (Fraction(3, 2), 0, 2),
        (Fraction(499, 1000), 0, 0),
        (Fraction(45, 1000), 2, Fraction(5, 100)),
        (7, 0, 7),
    ],
)
def test_halves_are_rounded_up(value, digits, expected):
    assert round_half_up(value, digits) == expected


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(0), "0"),
        (Fraction(1, 1000), "0"),
        (Fraction(217, 1000), "0.22"),
        (Fraction(5), "5"),
        (Fraction(9995, 1000), "10"),
        (Fraction(125, 10), "13"),
        (Fraction(12345), "12,345"),
    ],
)
def test_numbers_are_written_for_a_reader(value, text):
    assert figure(value) == text


def test_markdown_has_a_row_for_each_line_and_the_total():
    table = make_table(small_face())
    lines = markdown(table).splitlines()
    assert len(lines) == 2 + len(table.lines) + 1
    assert {line.count("|") for line in lines} == {18}
    assert lines[1].startswith("| --- | ---: |")
