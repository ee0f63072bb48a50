# amaranth: UnusedElaboratable=no
# (units are made for their parameters alone, too)

import pytest

from tests.matrix_cases import CASES, LAID_OUT, Case
from tests.timing_reference import (
    FULL_RATE,
    random_stalls,
    ready_after_valid,
    slow_source,
)

PATTERNS = (
    FULL_RATE,
    random_stalls(1, 0.6, 0.6),
    random_stalls(2, 0.9, 0.3),
    ready_after_valid(2),
    slow_source(2),
)


def cases(*names: str):
    """Parametrize over these cases."""
    return pytest.mark.parametrize("case", [pytest.param(CASES[n], id=n) for n in names])


@pytest.mark.parametrize("pattern", PATTERNS, ids=str)
@cases(*CASES)
def test_outputs_and_their_cycles_are_those_of_the_contract(case, pattern):
    case.run(pattern)


@cases("least_bits", "least_pixels", "unfolded", "many_synapses", "flags_scores", "levels")
def test_credits_never_limit_the_rate_at_full_depth(case):
    i = case.run(FULL_RATE).i
    assert i == list(range(len(case.x) * case.folds[0] * case.folds[1]))


@pytest.mark.parametrize(
    ("pipeline", "multiplier"),
    [(0, None), (1, None), (2, None), (3, None), (3, "mult18"), (4, "mult18")],
)
def test_latency_is_three_cycles_and_the_pipeline(pipeline, multiplier):
    form = {"element": "bipolar"} if multiplier is None else {"element": "levels", "bits": 4}
    form |= {} if multiplier is None else {"weight_bits": 4, "multiplier": multiplier}
    case = Case(**form, out="bits", pe=2, group=3, folds=(2, 4), pipeline=pipeline)
    trace = case.run(FULL_RATE)
    assert [o - i for i, o in zip(trace.i[3::4], trace.visible, strict=True)] == [
        3 + pipeline
    ] * len(trace.o)


def test_cases_have_ties_and_thresholds_that_always_or_never_fire():
    bits = [case for case in CASES.values() if case.thresholds is not None]
    for element in ("bipolar", "flags", "pixels", "levels"):
        ties = always = never = 0
        for case in bits:
            if case.element == element:
                limits = case.thresholds[None, :, None, None, :]
                ties += int((case.dots == limits).sum())
                always += int((case.thresholds == case.acc_min).sum())
                never += int((case.thresholds == case.acc_max + 1).sum())
        assert min(ties, always, never) > 0, element


def test_cases_reach_both_ends_of_the_range():
    for name, case in CASES.items():
        if case.folds[0] * case.pe > 1:
            assert (case.dots.min(), case.dots.max()) == (case.acc_min, case.acc_max), name


@pytest.mark.parametrize("reset_after", [2, 9, 10, 11, 12, 13, 30])
@cases(
    "odd_products",
    "pool_mixed",
    "pixels",
    "scores_of_odd_products",
    *(f"{counting}_odd_products" for counting in LAID_OUT),
    *(f"{counting}_pool_mixed" for counting in LAID_OUT),
    *(f"{counting}_scores" for counting in LAID_OUT),
)
def test_reset_forgets_sums_and_words_on_their_way(case, reset_after):
    case.run(PATTERNS[2], reset_after=reset_after)
