"""The inverse of steps, held against the steps themselves in high precision."""

from decimal import Decimal, localcontext
from fractions import Fraction

import numpy as np
import pytest

from hwgen.errors import ModelError
from hwgen.model.importers.qonnx.steps import Bend, Clip, Cut, Linear, Norm, falls, inverse, then


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
            case Bend():
                value = value if value > 0 else value * decimal(step.slope[0])
            case Clip(low, high):
                value = value if low is None else max(value, decimal(low))
                value = value if high is None else min(value, decimal(high))
    return value


def decimal(number):
    return Decimal(number.numerator) / Decimal(number.denominator)


def some(rng):
    return Fraction(int(rng.integers(-9, 10)), int(rng.integers(1, 7)))


def chain(rng):
    steps = ()
    for kind in rng.permutation(["line", "norm", "clip", "bend", "norm", "line", "clip"])[
        : rng.integers(1, 8)
    ]:
        if kind == "line":
            steps = then(steps, Linear(one(some(rng)), one(some(rng))))
        elif kind == "norm":
            variance = one(Fraction(int(rng.integers(1, 9)), 4))
            steps = then(steps, Norm(one(some(rng)), one(some(rng)), one(some(rng)), variance))
        elif kind == "bend":
            steps = then(steps, Bend(one(Fraction(int(rng.integers(1, 9)), 4))))
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
