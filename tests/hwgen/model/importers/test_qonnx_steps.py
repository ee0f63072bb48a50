"""The inverse of steps, held against the steps themselves in high precision."""

from decimal import (
    ROUND_CEILING,
    ROUND_DOWN,
    ROUND_FLOOR,
    ROUND_HALF_DOWN,
    ROUND_HALF_EVEN,
    ROUND_HALF_UP,
    ROUND_UP,
    Decimal,
    localcontext,
)
from fractions import Fraction

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.rounding import TIES
from hwgen.model.importers.qonnx.steps import (
    Bend,
    Bow,
    Clip,
    Cut,
    Linear,
    Norm,
    Round,
    falls,
    inverse,
    then,
)

KINDS = ["line", "norm", "clip", "bend", "norm", "line", "round", "clip"]

MODES = {
    "ROUND": ROUND_HALF_EVEN, "HALF_EVEN": ROUND_HALF_EVEN, "HALF_UP": ROUND_HALF_UP,
    "HALF_DOWN": ROUND_HALF_DOWN, "FLOOR": ROUND_FLOOR, "CEIL": ROUND_CEILING, "UP": ROUND_UP,
    "DOWN": ROUND_DOWN, "ROUND_TO_ZERO": ROUND_DOWN,
}  # fmt: skip


def one(number):
    return np.array([Fraction(number)], object)


def forward(steps, integer):
    """Value of an integer, to 60 digits."""
    value = Decimal(integer)
    for step in steps:
        match step:
            case Linear():
                value = value * decimal(step.slope[0]) + decimal(step.offset[0])
            case Norm():
                value = (value - decimal(step.mean[0])) / decimal(step.variance[0]).sqrt()
                value = value * decimal(step.gamma[0]) + decimal(step.beta[0])
            case Round(mode):
                value = rounded(mode, value)
            case Bend():
                value = value if value > 0 else value * decimal(step.slope[0])
            case Clip(low, high):
                value = value if low is None else max(value, decimal(low))
                value = value if high is None else min(value, decimal(high))
    return value


def rounded(mode, value):
    # Sums of roots that are halves, but for the last digits.
    near = (value * 2).to_integral_value(ROUND_HALF_EVEN) / 2
    value = near if abs(value - near) < Decimal("1e-40") else value
    return value.to_integral_value(MODES[mode])


def decimal(number):
    return Decimal(number.numerator) / Decimal(number.denominator)


def some(rng):
    return Fraction(int(rng.integers(-9, 10)), int(rng.integers(1, 7)))


def chain(rng):
    steps = ()
    for kind in rng.permutation(KINDS)[: rng.integers(1, 9)]:
        if kind == "line":
            steps = then(steps, Linear(one(some(rng)), one(some(rng))))
        elif kind == "norm":
            variance = one(Fraction(int(rng.integers(1, 9)), 4))
            steps = then(steps, Norm(one(some(rng)), one(some(rng)), one(some(rng)), variance))
        elif kind == "bend":
            steps = then(steps, Bend(one(Fraction(int(rng.integers(1, 9)), 4))))
        elif kind == "round":
            steps = then(steps, Round(str(rng.choice(list(TIES)))))
        else:
            low = some(rng)
            steps = (*steps, Clip(low if rng.integers(2) else None, low + abs(some(rng))))
    return steps


@pytest.mark.parametrize("seed", range(300))
def test_an_integer_is_in_where_its_value_is(seed):
    rng = np.random.default_rng(seed)
    steps, cut = chain(rng), Cut(some(rng), strict=bool(rng.integers(2)))
    found = inverse(steps, 0, cut)
    down = bool(falls(steps, 1)[0])
    with localcontext() as context:
        context.prec = 60
        for integer in range(-40, 41):
            away = forward(steps, integer) - decimal(cut.at)
            # Far less than any true difference here, far more than 60 digits leave.
            away = Decimal(0) if abs(away) < Decimal("1e-40") else away
            wanted = away > 0 or (away == 0 and not cut.strict)
            if found.always is not None:
                assert wanted == found.always
            else:
                assert found.rising != down
                assert wanted == ((-integer if down else integer) >= found.least())


def test_two_lines_become_one_and_none_where_they_undo_each_other():
    (line,) = then((Linear(one(2), one(1)),), Linear(one(3), one(5)))
    assert (line.slope[0], line.offset[0]) == (6, 8)
    assert then((Linear(one(2), one(1)),), Linear(one("1/2"), one("-1/2"))) == ()


def test_a_fourth_root_is_refused():
    norm = Norm(one(1), one(0), one(0), one(2))
    steps = then(then(then((), norm), norm), norm)
    with pytest.raises(ModelError, match=r"^normalises what was normalised 3 times, .*$"):
        then(steps, norm)


@pytest.mark.parametrize(("curve", "at", "wanted"), [
    ("Sigmoid", "1/2", 0), ("Tanh", 0, 0), ("Sigmoid", "3/4", Decimal(3).ln()),
    ("Tanh", "-1/2", -Decimal(3).ln() / 2),
])  # fmt: skip
def test_a_curve_is_turned_around(curve, at, wanted):
    found = inverse((Bow(curve),), 0, Cut(Fraction(at)))
    assert abs(decimal(found.at) - wanted) < Decimal("1e-25")
    assert found.always is None


@pytest.mark.parametrize(("curve", "at", "always"), [
    ("Sigmoid", 0, True), ("Sigmoid", 1, False), ("Tanh", -1, True), ("Tanh", "3/2", False),
])  # fmt: skip
def test_the_ends_of_a_curve_are_never_reached(curve, at, always):
    assert inverse((Bow(curve),), 0, Cut(Fraction(at))).always is always
