"""The comparison finds the first difference, and words it."""

import numpy as np
import pytest

from sim.compare import Trace, compare_streams

LAYERS = {"a": "first", "b": "second"}


def trace(cycles, values, bits=8):
    payload = (np.array(values)[:, None] >> np.arange(bits)) & 1
    return Trace(np.array(cycles, np.int64), payload.astype(np.uint8).reshape(len(cycles), bits))


def first_of(found):
    first = compare_streams(GOOD, found, LAYERS)[2]
    assert first is not None
    return first


GOOD = {"a": trace([1, 2, 5], [10, 20, 30]), "b": trace([3, 4], [7, 9])}


def test_equal_streams_have_no_difference():
    assert compare_streams(GOOD, dict(GOOD), LAYERS) == (5, 0, None)


@pytest.mark.parametrize(
    ("stream", "found", "expected"),
    [
        ("b", trace([3, 4], [7, 8]), ("second", 1, 4, "has value 0x08 instead of 0x09 (bit 0)")),
        ("b", trace([3, 6], [7, 9]), ("second", 1, 4, "comes in cycle 6 instead of 4")),
        ("b", trace([2, 4], [7, 9]), ("second", 0, 2, "comes in cycle 2 instead of 3")),
        ("b", trace([3], [7]), ("second", 1, 4, "is missing")),
        ("b", trace([3, 4, 8], [7, 9, 1]), ("second", 2, 8, "is one too many")),
        ("a", trace([1, 3, 5], [10, 23, 30]), (
            "first", 1, 2,
            "comes in cycle 3 instead of 2 and has value 0x17 instead of 0x14 "
            "(bit 0 and others)")),
    ],
)  # fmt: skip
def test_each_kind_of_difference_is_found_and_worded(stream, found, expected):
    _, mismatches, first = compare_streams(GOOD, {**GOOD, stream: found}, LAYERS)
    assert mismatches == 1
    assert first is not None
    assert (first.layer, first.index, first.cycle, first.what) == expected
    assert first.stream == stream


def test_the_first_in_time_is_reported_and_upstream_wins():
    found = {"a": trace([1, 2, 5], [10, 20, 31]), "b": trace([3, 4], [6, 9])}
    assert first_of(found).layer == "second"
    found = {"a": trace([1, 3, 5], [10, 20, 30]), "b": trace([2, 4], [7, 9])}
    assert first_of(found).layer == "first"


def test_unknown_bits_differ_from_everything():
    payload = GOOD["b"].payload.copy()
    payload[0, 4:] = 2
    found = Trace(GOOD["b"].cycles, payload)
    first = first_of({**GOOD, "b": found})
    assert first.what.startswith("has value 0xx7 instead of 0x07")
