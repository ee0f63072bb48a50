# amaranth: UnusedElaboratable=no
# (components refused for their parameters are never elaborated)
from typing import Any

import numpy as np
import pytest

from hwgen.rtl.scores import ScoreUnit
from tests.rtl_bench import check, join, join_rows
from tests.timing_reference import FULL_RATE, PATTERNS, Unpack

RNG = np.random.default_rng(70)


def case(dut, frames=6, low=None, high=None):
    """Words of random scores, and the payloads that ought to leave."""
    reach = 1 << dut.bits - dut.value.signed
    low = -reach * dut.value.signed if low is None else low
    high = reach - 1 if high is None else high
    scores = RNG.integers(low, high + 1, (frames, dut.transfers_per_frame))
    index_bits = max(1, (dut.transfers_per_frame - 1).bit_length())
    pick = {"max": np.argmax, "min": np.argmin, None: np.argmax}[dut.argmax]
    expected = []
    for frame in scores:
        for k, score in enumerate(frame):
            payload, shift = join([score], dut.out_bits), dut.out_bits
            if dut.has_index:
                payload |= int(pick(frame[: k + 1])) << shift
                shift += index_bits
            expected.append(payload | int(k == len(frame) - 1) << shift)
    return join_rows(scores.reshape(-1, dut.lanes), dut.bits), expected


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@pytest.mark.parametrize("argmax", ["max", "min", None])
@pytest.mark.parametrize(
    ("bits", "lanes", "words"), [(5, 1, 1), (8, 1, 3), (9, 2, 1), (11, 5, 2), (4, 2, 4)]
)
def test_scores_leave_one_by_one_with_the_best_so_far(bits, lanes, words, argmax, pattern):
    dut = ScoreUnit(
        bits=bits, lanes=lanes, words=words, transfers_per_frame=lanes * words, argmax=argmax
    )
    check(dut, *case(dut), Unpack(lanes), pattern)


@pytest.mark.parametrize("argmax", ["max", "min", None])
@pytest.mark.parametrize(("bits", "lanes", "words"), [(1, 3, 2), (8, 2, 2), (9, 1, 4), (16, 3, 1)])
def test_plain_binary_is_filled_up_with_zeros_and_compared_without_sign(bits, lanes, words, argmax):
    dut = ScoreUnit(
        bits=bits, signed=False, lanes=lanes, words=words, transfers_per_frame=lanes * words,
        argmax=argmax,
    )  # fmt: skip
    check(dut, *case(dut), Unpack(lanes), PATTERNS[1])


@pytest.mark.parametrize("argmax", ["max", "min"])
@pytest.mark.parametrize(("lanes", "words", "out_bits"), [(1, 1, 8), (3, 2, 8), (4, 1, 16)])
def test_bipolar_bits_leave_as_minus_one_and_one(lanes, words, out_bits, argmax):
    dut = ScoreUnit(
        bits=1, bipolar=True, lanes=lanes, words=words, transfers_per_frame=lanes * words,
        argmax=argmax, out_bits=out_bits,
    )  # fmt: skip
    bits = RNG.integers(0, 2, (8, lanes * words))
    bits[0], bits[1] = 0, 1
    index_bits = max(1, (lanes * words - 1).bit_length())
    pick = np.argmax if argmax == "max" else np.argmin
    expected = [
        join([2 * bit - 1], out_bits)
        | int(pick(frame[: k + 1])) << out_bits
        | int(k == len(frame) - 1) << out_bits + index_bits
        for frame in bits
        for k, bit in enumerate(frame)
    ]
    words_in = join_rows(bits.reshape(-1, lanes), 1)
    check(dut, words_in, expected, Unpack(lanes), PATTERNS[1])


@pytest.mark.parametrize("argmax", ["max", "min"])
def test_ties_go_to_the_lowest_index(argmax):
    dut = ScoreUnit(bits=6, lanes=2, words=4, transfers_per_frame=8, argmax=argmax)
    check(dut, *case(dut, frames=20, low=-1, high=0), Unpack(2), FULL_RATE)


def test_frames_of_several_pixels_have_no_index():
    dut = ScoreUnit(bits=6, lanes=2, words=2, transfers_per_frame=12, argmax="max")
    assert not dut.has_index
    assert len(dut.o.payload.as_value()) == 8 + 1
    check(dut, *case(dut), Unpack(2), PATTERNS[1])


def test_output_is_as_wide_as_asked():
    dut = ScoreUnit(bits=6, lanes=2, words=2, transfers_per_frame=4, argmax="max", out_bits=24)
    check(dut, *case(dut), Unpack(2), FULL_RATE)


def test_fields_are_data_index_last():
    dut = ScoreUnit(bits=6, lanes=2, words=2, transfers_per_frame=4, argmax="max")
    assert list(dut.o.payload.shape().members) == ["data", "index", "last"]


@pytest.mark.parametrize("reset_after", [5, 6, 7])
def test_reset_starts_with_a_frames_first_score_again(reset_after):
    dut = ScoreUnit(bits=6, lanes=2, words=2, transfers_per_frame=4, argmax="max")
    check(dut, *case(dut), Unpack(2), PATTERNS[1], reset_after=reset_after)


def test_bad_parameters_are_refused():
    good: dict[str, Any] = {"bits": 9, "lanes": 2, "words": 3, "transfers_per_frame": 6}
    for name in ("bits", "lanes", "words"):
        with pytest.raises(ValueError, match=rf"^{name} must be positive, not 0$"):
            ScoreUnit(**dict(good, **{name: 0}))
    with pytest.raises(ValueError, match=r"^bits must be 1 where values are bipolar, not 9$"):
        ScoreUnit(**good, bipolar=True)
    for transfers in (0, 8):
        with pytest.raises(
            ValueError,
            match=rf"^transfers_per_frame must be a positive multiple of 6, not {transfers}$",
        ):
            ScoreUnit(**dict(good, transfers_per_frame=transfers))
    with pytest.raises(ValueError, match=r"^argmax must be 'max', 'min' or None, not 'best'$"):
        ScoreUnit(**good, argmax="best")
    for out_bits in (8, 17):
        with pytest.raises(
            ValueError, match=rf"^out_bits must be a multiple of 8 and at least 9, not {out_bits}$"
        ):
            ScoreUnit(**good, out_bits=out_bits)
