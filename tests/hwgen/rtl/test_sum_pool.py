# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
import numpy as np
import pytest

from hwgen.rtl.sum_pool import SumPool
from tests.rtl_bench import check, join_rows
from tests.timing_reference import PATTERNS, Fold

RNG = np.random.default_rng(61)


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize(
    ("elements", "bits", "signed", "bipolar", "taps"),
    [(1, 1, False, True, 4), (2, 5, True, False, 3), (3, 8, False, False, 2)],
)
def test_windows_are_added_up_without_their_padding(elements, bits, signed, bipolar, taps, pattern):
    low = -(1 << (bits - 1)) if signed else 0
    x = RNG.integers(low, low + (1 << bits), (16, taps, elements))
    padding = RNG.random((16, taps)) < 0.3
    counts = (2 * x - 1 if bipolar else x) * ~padding[..., None]
    words = [
        word | int(flag) << (elements * bits)
        for word, flag in zip(
            join_rows(x.reshape(-1, elements), bits), padding.reshape(-1), strict=True
        )
    ]
    dut = SumPool(
        elements=elements, bits=bits, signed=signed, bipolar=bipolar, taps=taps, out_bits=12
    )
    check(dut, words, join_rows(counts.sum(axis=1), 12), Fold(taps), pattern)


@pytest.mark.parametrize("name", ["elements", "bits", "taps", "out_bits"])
def test_sizes_that_are_not_positive_are_refused(name):
    good = {"elements": 1, "bits": 1, "taps": 1, "out_bits": 1}
    with pytest.raises(ValueError, match=f"{name} must be positive, not 0"):
        SumPool(**{**good, name: 0}, signed=False, bipolar=False)
    with pytest.raises(ValueError, match="bits must be 1 for bipolar elements, not 2"):
        SumPool(**{**good, "bits": 2}, signed=False, bipolar=True)
