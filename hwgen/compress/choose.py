"""How many channels of a layer go, where a number of them has to fold well."""

from collections.abc import Callable, Sequence
from typing import NamedTuple

from hwgen.compress.findings import Group

__all__ = ["Choice", "choose", "coarse", "fine"]


class Choice(NamedTuple):
    """``alone`` of the channels that can go on their own; how many of each group are left."""

    alone: int
    left: tuple[int, ...]


def coarse(channels: int) -> int:
    """What a number of channels stays a multiple of, so that it keeps most of its divisors.

    An eighth of the power of two that divides it: 8 of 64, 16 of 640.
    """
    return max((channels & -channels) // 8, 1)


def fine(channels: int) -> int:
    """Any number of channels."""
    return 1


def choose(
    channels: int, alone: int, groups: Sequence[Group], good: Callable[[int], bool]
) -> Choice:
    """Leave out as many channels as can go, such that a ``good`` number, not 0, is left.

    Parameters
    ----------
    channels : int
        Those of the layer.
    alone : int
        Those of them that can go on their own.
    """
    pairs = [(len(g.members) - g.least) // 2 if g.step == 2 else 0 for g in groups]
    singles = [len(g.members) - g.least if g.step == 1 else 0 for g in groups]
    most = alone + sum(singles) + 2 * sum(pairs)
    for gone in range(min(most, channels - 1), 0, -1):
        if not good(channels - gone):
            continue
        twos = min(sum(pairs), gone // 2)
        ones = gone - 2 * twos
        if ones <= alone + sum(singles):
            return _dealt(alone, groups, pairs, singles, twos, ones)
    return Choice(0, tuple(len(group.members) for group in groups))


def _dealt(
    alone: int,
    groups: Sequence[Group],
    pairs: Sequence[int],
    singles: Sequence[int],
    twos: int,
    ones: int,
) -> Choice:
    taken = min(alone, ones)
    ones -= taken
    left = []
    for group, two, one in zip(groups, pairs, singles, strict=True):
        gone_pairs, gone_ones = min(two, twos), min(one, ones)
        twos, ones = twos - gone_pairs, ones - gone_ones
        left.append(len(group.members) - 2 * gone_pairs - gone_ones)
    return Choice(taken, tuple(left))
