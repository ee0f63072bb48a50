"""Amounts of memory for a reader."""

import pytest

from hwgen.accounts.memory_traffic import MemoryTraffic
from hwgen.report.amounts import bytes_text, rate_text, traffic_lines


@pytest.mark.parametrize(
    ("number", "text"),
    [(0, "0 bytes"), (1, "1 byte"), (999, "999 bytes"), (1000, "1 KB"), (737_280, "737.3 KB"),
     (1_376_256, "1.376 MB"), (12_500_000_000, "12.5 GB")],
)  # fmt: skip
def test_bytes_are_told_in_the_largest_unit_of_which_there_is_one(number, text):
    assert bytes_text(number) == text


def test_rates_are_told_likewise():
    assert [rate_text(x) for x in (0.5, 88, 12e6)] == ["0.5 bytes/s", "88 bytes/s", "12 MB/s"]


def test_memories_that_are_not_read_are_left_out():
    found = traffic_lines(MemoryTraffic(memory=0, spram=2000, outside=72, line_buffers=10))
    assert found == [
        "weights read a frame: 2 KB from SPRAM, 72 bytes from outside",
        "activations read a frame: 10 bytes from line buffers",
    ]
    wired = traffic_lines(MemoryTraffic(0, 0, 0, 10))
    assert wired[0] == "weights read a frame: none, all are wired"
