"""The order in which a matrix unit reads weights."""

import numpy as np

from hwgen.sizes.folded_weights import fold_weights


def test_each_weight_is_where_its_fold_and_lane_say():
    out, ky, kx, channels = 6, 2, 3, 4
    weights = np.arange(out * ky * kx * channels).reshape(out, ky, kx, channels)
    folded = fold_weights(weights, pe=3, taps=(2, 1), group=2)
    assert folded.shape == (2, 3 * 2, 3, 2 * 2)
    for o, y, x, c in np.ndindex(weights.shape):
        fold, lane = x * 2 + c // 2, y * 2 + c % 2
        assert folded[o // 3, fold, o % 3, lane] == weights[o, y, x, c]
