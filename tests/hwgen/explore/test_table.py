"""Rows as lines."""

import pytest

from hwgen.explore.row import Row
from hwgen.explore.table import HEADER, row_line

ROW = Row(
    key="k", digest="d", network="a_network_of_a_long_name", device="ecp5-85", clock_mhz=24.0,
    asked_fps=None, bits="CBBB", storage="external", products="logic", wide_bits=16,
    interval_cycles=23_999_999, frames_per_second=1.0, logic_cells=84_000, ebr=208, dsp=156,
    microjoules=0.007997,
)  # fmt: skip


@pytest.mark.parametrize(
    ("rate", "energy", "texts"),
    [
        (1.00004, 0.007997, ("1.0", "0.00800")),
        (99_999.96, 3.71399, ("100,000.0", "3.714")),
        (1_500_000.4, 2442.4, ("1,500,000", "2,442")),
        (0.0, 0.0, ("0.0", "0.0000")),
    ],
)
def test_a_line_has_eighty_columns_at_most_whatever_the_numbers(rate, energy, texts):
    row = Row(**ROW.as_json() | {"frames_per_second": rate, "microjoules": energy})
    line = row_line(row)
    assert len(line) <= 80 >= len(HEADER)
    assert (line.split()[-5], line.split()[-1]) == texts
    assert line.split()[:5] == ["CBBB", "a_net", "ecp5-85", "fastest", "external"]


def test_a_point_without_a_design_says_which_products_were_asked_for():
    asked = ROW.as_json() | {"problem": "no", "folding_file": "some/where/mine.v2.json"}
    line = row_line(Row(**asked))
    assert line.split()[3:] == ["mine.v2", "external", "none", "products", "in", "logic"]
    assert len(line) <= 80
    assert row_line(Row(**asked | {"products": "auto"})).endswith("none")
