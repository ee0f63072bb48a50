"""K-means on a line: the best groups that there are."""

import numpy as np
import pytest

from hwgen.compress.clusters import clustered


def spread(values: np.ndarray) -> float:
    return float(((values - values.mean()) ** 2).sum())


def least_spread(values: np.ndarray, count: int) -> float:
    """Sum of squares of the best groups, by trying every way to end them."""
    ordered = np.sort(values).astype(float)
    ends = [k for k in range(1, len(ordered)) if ordered[k] != ordered[k - 1]] + [len(ordered)]
    best = {end: spread(ordered[:end]) for end in ends}
    for _ in range(count - 1):
        best = {
            end: min([best[k] + spread(ordered[k:end]) for k in best if k < end] + [np.inf])
            for end in ends
        }
    return best[len(ordered)]


@pytest.mark.parametrize("seed", range(12))
def test_groups_are_those_of_the_least_sum_of_squares(seed):
    rng = np.random.default_rng(seed)
    for _ in range(6):
        values = np.rint(rng.normal(0, 12, rng.integers(8, 50))).astype(np.int16)
        count = int(rng.integers(2, 8))
        found = clustered(values, count)
        groups = [values[found == mean] for mean in np.unique(found)]
        assert len(groups) == min(count, len(np.unique(values)))
        total = sum(spread(group.astype(float)) for group in groups)
        assert total == pytest.approx(least_spread(values, count))
        for group, mean in zip(groups, np.unique(found), strict=True):
            assert mean == np.floor(group.mean() + 0.5)


def test_few_values_stay_as_they_are():
    values = np.array([[3, -1], [3, 7]], np.int8)
    assert clustered(values, 3) is values
    found = clustered(values, 2)
    assert (len(np.unique(found)), found.shape, found.dtype) == (2, (2, 2), np.int8)


def test_the_groups_of_many_numbers_are_found_in_no_time():
    values = np.clip(np.random.default_rng(0).normal(0, 6000, 50_000), -32768, 32767)
    found = clustered(values.astype(np.int16), 16)
    assert (found.dtype, len(np.unique(found))) == (np.int16, 16)
