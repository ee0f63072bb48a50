"""The table of placed boards is that of the figures, and has every bundled board."""

import json
from pathlib import Path

from benchmarks.boards import RESULTS, boards_markdown
from hwgen.boards.table import BOARDS, find_board

DOCUMENT = Path(__file__).parents[2] / "docs" / "board.md"


def test_every_bundled_board_has_a_bitstream():
    rows = json.loads(RESULTS.read_text())
    assert sorted(rows) == list(BOARDS)
    for name, row in rows.items():
        assert row["device"] == find_board(name).device
        assert row["bitstream_bytes"] > 10_000
        assert row["fmax_mhz"] >= row["clock_mhz"] == find_board(name).clock.design_mhz


def test_the_document_has_the_table_of_the_figures():
    assert boards_markdown(json.loads(RESULTS.read_text())) in DOCUMENT.read_text()


def test_a_board_that_does_not_fit_says_so_in_the_table():
    text = boards_markdown({"x": {"problem": "needs 9 LUTs"}})
    assert text.splitlines()[-1] == "| `x` | needs 9 LUTs | | | | | |"
