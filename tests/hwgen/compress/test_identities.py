"""When roots get the same number."""

from fractions import Fraction

from hwgen.compress.identities import Identities, Lattice
from hwgen.compress.steps import Counted, Norm, Pool, Rounded

SIGN = Counted((Fraction(0),), Fraction(2), Fraction(-1))
POOL = Pool(((2, 2), (2, 2), False, (0, 0, 0, 0), (4, 4)))


def norm(gamma, mean, beta=0, spread=1):
    return Norm(*(Fraction(x) for x in (gamma, beta, mean, spread)))


def rooted(step=2):
    known = Identities()
    return known, known.of("sums", Lattice(Fraction(-9), Fraction(step), 18 // step))


def test_thresholds_between_the_same_two_sums_are_one():
    known, root = rooted()
    first = known.activated(root, 1, (norm(1, 0),), SIGN)
    # Sums are odd: 0 and 1 are the same threshold, 2 is another one.
    assert known.activated(root, 1, (norm(3, 1, spread=2),), SIGN) == first
    assert known.activated(root, 1, (norm(1, 2),), SIGN) != first
    finer, all_sums = rooted(step=1)
    assert finer.activated(all_sums, 1, (norm(1, 0),), SIGN) != finer.activated(
        all_sums, 1, (norm(1, 1),), SIGN
    )


def test_what_falls_is_the_negative_of_what_rises():
    known, root = rooted()
    rising, sign = known.activated(root, 1, (norm(1, 0),), SIGN)
    assert known.activated(root, 1, (norm(-1, 0),), SIGN) == (rising, -sign)
    assert known.activated(root, -1, (norm(1, 0),), SIGN) == (rising, -sign)
    assert known.activated(root, -1, (norm(-1, 0),), SIGN) == (rising, sign)


def test_a_maximum_behind_what_falls_is_a_minimum():
    known, root = rooted()
    rising, sign = known.activated(root, 1, (norm(1, 0), POOL), SIGN)
    # What falls behind the maximum gives the negative of what rises behind it.
    assert known.activated(root, 1, (norm(1, 0), POOL, norm(-1, 0)), SIGN) == (rising, -sign)
    # Turned ahead of it alone, it is that of a minimum.
    assert known.activated(root, 1, (norm(-1, 0), POOL), SIGN)[0] != rising
    assert known.pooled(root, 1, POOL) != known.pooled(root, -1, POOL)


def test_equal_levels_of_different_activations_are_one():
    known, root = rooted()
    rounded = Rounded(Fraction(2), -1, 0, even=False)
    counted = Counted((Fraction(-1),), Fraction(2), Fraction(-2))
    assert known.activated(root, 1, (), rounded) == known.activated(root, 1, (), counted)


def test_without_a_lattice_only_equal_figures_are_one():
    known = Identities()
    root = known.of("sums")
    first = known.activated(root, 1, (norm(1, 0),), SIGN)
    assert known.activated(root, 1, (norm(1, 0),), SIGN) == first
    assert known.activated(root, 1, (norm(2, 0),), SIGN) != first


def test_constants_are_known_up_to_their_sign():
    known = Identities()
    assert known.constant(Fraction(-1)) == (known.constant(Fraction(1))[0], -1)
    assert known.constant(Fraction(0))[0] != known.constant(Fraction(1))[0]
