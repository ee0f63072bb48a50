"""Channels that a network can do without, and what its readers then have to do."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.axes import Axes
from hwgen.compress.copies import least_copies
from hwgen.compress.readers import Reader

__all__ = ["REASONS", "Findings", "Group", "Reason", "View", "find_channels", "sum_of"]

Reason = Literal["unread", "constant", "duplicate"]

REASONS: tuple[Reason, ...] = ("unread", "constant", "duplicate")
"""Why channels can go."""


@dataclass(frozen=True)
class View:
    """A bundle as a reader has it: its channels there, in order."""

    reader: Reader
    channels: tuple[int, ...]


@dataclass(frozen=True)
class Group:
    """Bundles of one value, but for their signs, of which ``least`` can do what all do.

    How many are left goes down by ``step``: 2 where weights have one bit.
    """

    reason: Reason
    members: tuple[int, ...]
    signs: tuple[int, ...]
    least: int
    step: int


@dataclass(frozen=True, eq=False)
class Findings:
    """What can be left out.

    Parameters
    ----------
    views : dict
        Readers of each bundle that is named here.
    alone : dict
        Bundles that can go on their own, and why.
    groups : list of Group
    found : dict
        All bundles that are constant, or that another one stands for, or that nothing reads,
        whether they can go or not.
    """

    views: dict[int, list[View]]
    alone: dict[int, Reason] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    found: dict[int, Reason] = field(default_factory=dict)


def find_channels(readers: Sequence[Reader], axes: Axes) -> Findings:
    """Look at each bundle that is neither of the picture nor of the scores."""
    found = Findings(_views(readers, axes))
    alike: dict[object, list[tuple[int, int]]] = {}
    for bundle, views in sorted(found.views.items()):
        if all(_ignored(view) for view in views):
            found.alone[bundle] = found.found[bundle] = "unread"
            continue
        if all(_ignored(view) or _constant(view) for view in views):
            found.found[bundle] = "constant"
            if all(_ignored(view) or _absorbs(view) for view in views):
                found.alone[bundle] = "constant"
                continue
        key, sign = _likeness(views)
        alike.setdefault((axes.makers[bundle], key), []).append((bundle, sign))
    for same in alike.values():
        if len(same) < 2:
            continue
        for bundle, _ in same[1:]:
            found.found.setdefault(bundle, "duplicate")
        group = _group(found, same)
        if group.least < len(same):
            found.groups.append(group)
    return found


def _views(readers: Sequence[Reader], axes: Axes) -> dict[int, list[View]]:
    """Views of bundles of which each channel is constant, has an equal, or is not read."""
    views: dict[int, list[View]] = {}
    plain = set(axes.fixed)
    for reader in readers:
        places: dict[int, list[int]] = {}
        for channel, bundle in enumerate(reader.bundles.tolist()):
            places.setdefault(bundle, []).append(channel)
        told = _told(reader)
        for bundle, channels in places.items():
            if all(told[channels]):
                views.setdefault(bundle, []).append(View(reader, tuple(channels)))
            else:
                plain.add(bundle)
    return {bundle: its for bundle, its in views.items() if bundle not in plain}


def _told(reader: Reader) -> NDArray[np.bool_]:
    """Channels with something to tell of them."""
    _, places, times = np.unique(reader.feature.roots, return_inverse=True, return_counts=True)
    told = times[places] > 1
    spread = reader.feature.spread
    told |= [spread.constant(k) is not None for k in range(len(told))]
    if reader.layer.weight_bits > 1:
        told |= ~reader.weights.any(axis=(0, 1))
    return told


def _each(test: Callable[[Reader, int], bool]) -> Callable[[View], bool]:
    return lambda view: all(test(view.reader, channel) for channel in view.channels)


_ignored = _each(Reader.ignores)
_constant = _each(lambda reader, k: reader.feature.spread.constant(k) is not None)


def _absorbs(view: View) -> bool:
    """Whether a bias of the reader can stand for constant channels, or nothing has to."""
    reader = view.reader
    shares = [reader.share(channel) for channel in view.channels]
    known = [share for share in shares if share is not None]
    if len(known) < len(shares):
        return False
    # Integers that leave have no bias in them.
    nothing = not any(sum(column) for column in zip(*known, strict=True))
    return reader.hidden or (reader.centred and nothing)


def _likeness(views: Sequence[View]) -> tuple[object, int]:
    """What bundles of one value share, and the sign of this one."""
    reader, channels = views[0].reader, views[0].channels
    first = int(reader.feature.signs[channels[0]])
    turns = all(view.reader.turns for view in views)
    key = tuple((view.reader.layer.name, *_signed_roots(view, first)) for view in views)
    return (key, 1 if turns else first), first


def _signed_roots(view: View, first: int) -> Iterator[tuple[int, int]]:
    feature = view.reader.feature
    for channel in view.channels:
        yield int(feature.roots[channel]), int(feature.signs[channel]) * first


def _group(found: Findings, same: Sequence[tuple[int, int]]) -> Group:
    members, signs = (tuple(part) for part in zip(*same, strict=True))
    least, bits = 0, []
    for k, view in enumerate(found.views[members[0]]):
        reader = view.reader
        totals = sum_of(reader, [found.views[m][k].channels for m in members], signs)
        bits.append(reader.layer.weight_bits)
        needed = least_copies(totals, len(members), reader.largest, bits=bits[-1])
        least = max(least, needed)
    step = 2 if 1 in bits else 1
    least += (len(members) - least) % step
    reason: Reason = "constant" if found.found.get(members[0]) == "constant" else "duplicate"
    return Group(reason, members, signs, least, step)


def sum_of(
    reader: Reader, members: Sequence[tuple[int, ...]], signs: Sequence[int]
) -> NDArray[np.int64]:
    """Sum of the weights of members, as they are for the value that they stand for.

    Returns
    -------
    int64 (outputs, taps, channels of one member)
    """
    parts = [
        sign * reader.weights[:, :, list(channels)].astype(np.int64)
        for channels, sign in zip(members, signs, strict=True)
    ]
    return np.sum(parts, axis=0)
