"""What pictures reach is counted from the values that the golden model gives."""

import numpy as np
import pytest
from small_networks import norm, small_face, weights

from hwgen.model import Builder
from sim.coverage import coverage_of, reach


def one_sum(thresholds, kernel=((1,),), **more):
    """A picture of 2x2x1, a 1x1 convolution, and a sign at ``sum >= threshold`` of each channel."""
    n = len(thresholds)
    ones = np.ones(n)
    builder = Builder("sums", height=2, width=2, channels=1)
    builder.conv2d(np.array(kernel * n).reshape(n, 1, 1, -1), **more)
    builder.batch_norm(ones, -np.array(thresholds, float), 0 * ones, ones, 0.0).sign()
    return builder


def pictures(*rows):
    return np.array(rows, np.uint8).reshape(-1, 2, 2, 1)


def only(model, images):
    (found,) = coverage_of(reach(model, images))
    return found


def test_a_channel_counts_once_it_was_seen_on_both_sides():
    model = one_sum([100, 200]).build()
    assert only(model, pictures([0, 0, 0, 0])).reached["both_sides"] == 0
    assert only(model, pictures([0, 0, 0, 150])).reached["both_sides"] == 1
    # One picture on one side, another on the other.
    assert only(model, pictures([0] * 4, [255] * 4)).reached["both_sides"] == 2


def test_an_edge_is_the_threshold_itself_and_the_sum_before_it_at_each_place():
    model = one_sum([100]).build()
    found = only(model, pictures([100, 0, 0, 0]))
    assert found.goals["at_edge"] == 2 * 4
    assert found.reached["at_edge"] == 1
    assert only(model, pictures([100, 99, 101, 98])).reached["at_edge"] == 2
    assert only(model, pictures([99] * 4, [100] * 4)).reached["at_edge"] == 8


def test_an_edge_counts_where_it_decides_the_maximum():
    model = one_sum([100]).max_pool(2).build()
    # Behind the sign the maximum comes too late to hide anything from the count.
    assert only(model, pictures([100, 120, 0, 0])).reached["at_edge"] == 1
    ones = np.ones(1)
    builder = Builder("pooled", height=2, width=2, channels=1).conv2d(ones.reshape(1, 1, 1, 1))
    model = builder.max_pool(2).batch_norm(ones, -100 * ones, 0 * ones, ones, 0.0).sign().build()
    assert only(model, pictures([100, 120, 0, 0])).reached["at_edge"] == 0
    assert only(model, pictures([100, 20, 0, 0])).reached["at_edge"] == 1
    assert only(model, pictures([99, 99, 0, 0])).reached["at_edge"] == 2


def test_channels_that_nothing_can_change_are_no_goals():
    found = only(one_sum([0, 255, 256, -1, 1]).build(), pictures([0, 255, 1, 254]))
    # At 0 and -1 every pixel reaches it, at 256 none does.
    assert (found.constant, found.goals["both_sides"], found.reached["both_sides"]) == (3, 2, 2)


def test_sums_of_bits_are_all_even_or_all_odd():
    rng = np.random.default_rng(1)
    builder = Builder("bits", height=4, width=4, channels=1).conv2d(weights(rng, 3, 1, 1, 1))
    builder.batch_norm(**norm(rng, 3, 200)).sign()
    builder.conv2d(np.ones((1, 1, 1, 3), np.int8)).sign()
    second = coverage_of(reach(builder.build(), rng.integers(0, 256, (200, 4, 4, 1), np.uint8)))[1]
    # Sums are -3, -1, 1 and 3: those next to zero are -1 and 1, at four places.
    assert (second.layer, second.goals["at_edge"]) == ("sign_2", 8)
    assert second.reached["at_edge"] == 8


@pytest.mark.parametrize(("signed", "low", "high"), [(True, -8, 7), (False, 0, 15)])
def test_levels_and_both_ends_of_a_quantise_are_counted(signed, low, high):
    builder = Builder("levels", height=2, width=2, channels=1)
    builder.conv2d(np.ones((1, 1, 1, 1)))
    ones = np.ones(1)
    builder.batch_norm(ones, -100 * ones, 0 * ones, ones, 0.0).quantise(4, signed=signed)
    model = builder.build()
    inside = [100 + low + 1] * 3 + [100 + high - 1]
    found = only(model, pictures(inside))
    assert found.reached == {"lowest": 0, "highest": 0, "levels": 2}
    assert found.goals == {"lowest": 1, "highest": 1, "levels": 16}
    # Beyond the range it saturates.
    found = only(model, pictures([0, 255, 100, 101]))
    assert (found.reached["lowest"], found.reached["highest"]) == (1, 1)


def test_pictures_one_by_one_reach_what_they_reach_together():
    images = np.random.default_rng(2).integers(0, 256, (5, 8, 8, 3), np.uint8)
    together = reach(small_face(), images)
    for k, image in enumerate(images):
        assert (reach(small_face(), image[np.newaxis]).seen[0] == together.seen[k]).all()


def test_a_network_without_thresholds_has_no_goals():
    rng = np.random.default_rng(3)
    model = Builder("plain", height=2, width=2, channels=1).flatten().dense(weights(rng, 2, 4))
    images = rng.integers(0, 256, (3, 2, 2, 1), np.uint8)
    assert coverage_of(reach(model.build(), images)) == []
