"""Designs that no other is better than."""

from hwgen.explore.fronts import front, is_better
from hwgen.explore.row import Row


def row(key, rate, cells, **more):
    known = {"digest": "a", "network": "net", "device": "up5k", "clock_mhz": 24.0,
             "asked_fps": None, "bits": "-", "wide_bits": 16,
             "storage": "auto", "products": "auto"}  # fmt: skip
    return Row(**(known | {"key": key, "frames_per_second": rate, "logic_cells": cells} | more))


def test_a_design_that_is_slower_and_larger_than_another_is_not_on_the_front():
    rows = [row("slow", 10.0, 100), row("bad", 15.0, 300), row("fast", 20.0, 200)]
    assert [r.key for r in front(rows)] == ["slow", "fast"]


def test_a_later_design_removes_those_that_it_is_better_than():
    assert [r.key for r in front([row("a", 10.0, 100), row("b", 10.0, 90)])] == ["b"]


def test_of_equal_designs_the_first_is_left_and_points_without_one_are_none():
    rows = [row("none", None, None, problem="too large"), row("a", 9.0, 10), row("b", 9.0, 10)]
    assert [r.key for r in front(rows)] == ["a"]


def test_a_larger_design_that_leaves_multipliers_is_on_the_front():
    assert len(front([row("a", 9.0, 10, dsp=4), row("b", 9.0, 20, dsp=0)])) == 2
    assert [r.key for r in front([row("a", 9.0, 10, dsp=4), row("b", 9.0, 20, dsp=4)])] == ["a"]


def test_designs_of_other_devices_and_networks_are_not_compared():
    rows = [row("a", 10.0, 10), row("b", 1.0, 99, device="hx8k"), row("c", 1.0, 99, digest="b")]
    assert {r.key for r in front(rows)} == {"a", "b", "c"}


def test_more_accuracy_is_better_and_a_figure_that_is_not_known_is_the_worst():
    goals = {"accuracy": 1}
    assert is_better(row("a", 1.0, 1, accuracy=0.9), row("b", 1.0, 1, accuracy=0.8), goals)
    assert is_better(row("a", 1.0, 1, accuracy=0.1), row("b", 1.0, 1), goals)
    assert not is_better(row("a", 1.0, 1), row("b", 1.0, 1), goals)
