from typing import Any

import numpy as np
import pytest

from hwgen.rtl.matrix_parameters import MatrixParameters


def good_parameters() -> dict[str, Any]:
    return {
        "weights": np.ones((2, 3, 4, 6), np.uint8),
        "group": 3,
        "taps": (1, 2),
        "acc_min": -18,
        "acc_max": 18,
        "thresholds": np.zeros((2, 4), np.int64),
    }


def refuse(text: str, **changes: Any) -> None:
    with pytest.raises(ValueError, match=f"^{text}$"):
        MatrixParameters(**{**good_parameters(), **changes})


def test_bad_sizes_are_refused():
    MatrixParameters(**good_parameters())
    shape = "weights must have four dimensions, none of them 0, not shape "
    refuse(shape + r"\(2, 3, 24\)", weights=np.ones((2, 3, 24), np.uint8))
    refuse(shape + r"\(2, 3, 0, 6\)", weights=np.ones((2, 3, 0, 6), np.uint8))
    for name in ("group", "bits", "depth", "weight_bits"):
        refuse(f"{name} must be positive, not 0", **{name: 0})
    for name in ("taps", "block", "stride", "dilation"):
        refuse(rf"{name} must be positive, not \(1, 0\)", **{name: (1, 0)})
    refuse("pipeline must be 0, 1, 2 or 3, not 4", pipeline=4)
    cells = {"multiplier": "mult18", "bipolar": False, "bipolar_weights": False}
    refuse("pipeline must be 3 or 4 with a multiplier, not 2", **cells, pipeline=2)
    refuse("weights must have 8 input lanes, not 6", group=4)
    refuse("counting must be one of binary, counter, carry, not 'unary'", counting="unary")


def test_element_formats_that_do_not_fit_are_refused():
    refuse("bits must be 1 for bipolar inputs, not 8", bits=8)
    refuse("weight_bits must be 1 for bipolar weights, not 2", weight_bits=2)
    refuse(
        "zero_flags must be False for inputs that are not bipolar", zero_flags=True, bipolar=False
    )
    refuse("acc_min must be at most acc_max -19, not -18", acc_max=-19)
    within = "acc_min and acc_max must lie within 18 of 0 for bipolar products, not "
    refuse(within + "-19 and 18", acc_min=-19)
    refuse(within + "-18 and 19", acc_max=19)


def test_thresholds_that_do_not_fit_are_refused():
    refuse(
        "fused_pool must be False for a unit without thresholds", fused_pool=True, thresholds=None
    )
    shape = r"must have shape \(2, 4\), not \(4, 2\)"
    refuse(f"thresholds {shape}", thresholds=np.zeros((4, 2), np.int64))
    refuse(f"minimum {shape}", minimum=np.zeros((4, 2), np.bool_))
    for limit in (-19, 20):
        thresholds = np.zeros((2, 4), np.int64)
        thresholds[1, 2] = limit
        refuse(rf"thresholds must lie in \[-18, 19\], not {limit}", thresholds=thresholds)


@pytest.mark.parametrize(
    ("low", "high", "bits"),
    [(0, 0, 1), (-1, 0, 1), (0, 1, 2), (3, 3, 3), (-4, 3, 3), (-4, 4, 4), (-5, 3, 4), (-128, 1, 8)],
)
def test_scores_are_as_wide_as_their_range_needs(low, high, bits):
    parameters = MatrixParameters(
        **{
            **good_parameters(),
            "bipolar": False,
            "bits": 8,
            "acc_min": low,
            "acc_max": high,
            "thresholds": None,
        }
    )
    assert parameters.score_bits == bits
    assert parameters.output_bits == 4 * bits


def test_sums_of_pixels_start_below_zero_by_threshold_and_bias():
    weights = np.array([[[[1, 1, 0]], [[0, 0, 1]]]], np.uint8)
    pixels: dict[str, Any] = {
        "weights": weights,
        "group": 3,
        "bits": 8,
        "bipolar": False,
        "acc_min": -765,
        "acc_max": 765,
    }
    bits = 12
    for thresholds, threshold in ((np.full((1, 1), 7), 7), (None, 0)):
        parameters = MatrixParameters(**pixels, thresholds=thresholds)
        assert parameters.biased
        assert parameters.limit_bits == bits - (thresholds is None)
        # 255 for the last weight of the first patch, 511 for the pair of the second.
        limit = -(threshold + 255 + 511) % (1 << parameters.limit_bits)
        assert parameters.threshold_words() == [limit]
    assert parameters.weight_words() == [0b100, 0b001]
