"""Leave out channels that change nothing: what each picture gives stays what it was, exactly."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.axes import Axes, Maker, tie_channels
from hwgen.compress.choose import Choice, choose, coarse
from hwgen.compress.copies import deal
from hwgen.compress.facts import find_facts
from hwgen.compress.findings import REASONS, Findings, Group, Reason, find_channels, sum_of
from hwgen.compress.readers import readers_of
from hwgen.compress.report import LayerChannels, Removed, weight_bits
from hwgen.compress.rewrite import without_channels
from hwgen.errors import ModelError
from hwgen.model import Model, infer_shapes

__all__ = ["remove_as_many", "remove_channels"]

MOST_CHANNELS = 1 << 18
"""Channels of a map, pixels of flat ones among them, up to which a network is looked at."""

Good = Callable[[Maker, int], bool]
"""Whether so many bundles of a kind are a good number."""


def remove_channels(model: Model, multiple: Callable[[int], int] = coarse) -> tuple[Model, Removed]:
    """Leave out channels that are constant, that nothing reads, or that others can stand for.

    The integers that leave are the same for every picture, and so is what they stand for. The
    result has nothing more to leave out.

    Parameters
    ----------
    multiple : callable
        What the number of a layer's channels stays a multiple of, for the number that it has: one
        of `hwgen.compress.choose`.
    """
    had: dict[Maker, int] = {}

    def good(maker: Maker, left: int) -> bool:
        return left % multiple(had[maker]) == 0

    return _removed(model, good, had)


def remove_as_many(model: Model, left: Mapping[str, int], about: str) -> tuple[Model, Removed]:
    """Leave out channels until layers have as many as asked for, and all that are not named.

    Raises
    ------
    ModelError
        If a layer needs more; names it.

    Parameters
    ----------
    about : str
        What has so many channels, for the message.
    """

    def good(maker: Maker, count: int) -> bool:
        return all(name in left and count * times >= left[name] for name, times in maker)

    made, report = _removed(model, good, {})
    shapes = infer_shapes(made)
    for name, wanted in left.items():
        if name in shapes and shapes[name][2] != wanted:
            channels = infer_shapes(model)[name][2]
            raise ModelError(
                f"{model.source}: layer {name!r}: {about} has {wanted} of {channels} channels, "
                f"but with these weights {shapes[name][2]} are needed; build with --keep-channels "
                "what other weights are loaded into"
            )
    return made, report


def _removed(model: Model, good: Good, had: dict[Maker, int]) -> tuple[Model, Removed]:
    before, first = model, None
    gone: Counter[tuple[str, Reason]] = Counter()
    while max(shape[2] for shape in infer_shapes(model).values()) <= MOST_CHANNELS:
        round_ = _Round.of(model)
        first = first or round_
        for maker, count in round_.counts.items():
            had.setdefault(maker, count)
        leaving = round_.leaving(good)
        if not leaving.reasons:
            break
        for bundle, reason in leaving.reasons.items():
            for name, times in round_.axes.makers[bundle]:
                gone[name, reason] += times
        model = without_channels(
            model, round_.axes, frozenset(leaving.reasons), leaving.weights, leaving.shares
        )
    found = Counter[str]()
    for bundle in first.findings.found if first else ():
        for name, times in first.axes.makers[bundle] if first else ():
            found[name] += times
    return model, Removed(
        tuple(_layers(before, gone, found)), weight_bits(before), weight_bits(model)
    )


def _layers(
    model: Model, gone: Counter[tuple[str, Reason]], found: Counter[str]
) -> Iterator[LayerChannels]:
    for name, shape in infer_shapes(model).items():
        unread, constant, duplicate = (gone[name, reason] for reason in REASONS)
        went = unread + constant + duplicate
        if went or found[name]:
            staying = max(found[name] - went, 0)
            yield LayerChannels(name, shape[2], unread, constant, duplicate, staying)


@dataclass(frozen=True, eq=False)
class _Leaving:
    """Bundles that go, and what that does to the weights and the bias of readers."""

    reasons: dict[int, Reason]
    weights: dict[str, NDArray[np.int64]]
    shares: dict[str, list[Fraction]]


@dataclass(frozen=True, eq=False)
class _Round:
    """What is found in a model, before anything is left out."""

    axes: Axes
    findings: Findings
    counts: Counter[Maker]

    @classmethod
    def of(cls, model: Model) -> "_Round":
        shapes = infer_shapes(model)
        axes = tie_channels(model, shapes)
        findings = find_channels(readers_of(model, shapes, find_facts(model), axes), axes)
        return cls(axes, findings, Counter(axes.makers.values()))

    def leaving(self, good: Good) -> _Leaving:
        """What goes, of each kind of bundle as many as leave a good number."""
        leaving = _Leaving({}, {}, {})
        for maker, count in self.counts.items():
            alone = [b for b in self.findings.alone if self.axes.makers[b] == maker]
            groups = [g for g in self.findings.groups if self.axes.makers[g.members[0]] == maker]
            choice: Choice = choose(
                count, len(alone), groups, lambda left, maker=maker: good(maker, left)
            )
            for bundle in alone[: choice.alone]:
                self._leave(bundle, leaving)
            for group, left in zip(groups, choice.left, strict=True):
                if left < len(group.members):
                    self._merge(group, left, leaving)
        return leaving

    def _leave(self, bundle: int, leaving: _Leaving) -> None:
        leaving.reasons[bundle] = self.findings.alone[bundle]
        for view in self.findings.views[bundle]:
            layer = view.reader.layer
            for channel in view.channels:
                if view.reader.ignores(channel):
                    continue
                share = view.reader.share(channel)
                assert share is not None
                before = leaving.shares.get(layer.name, [Fraction(0)] * len(share))
                leaving.shares[layer.name] = [a + b for a, b in zip(before, share, strict=True)]

    def _merge(self, group: Group, left: int, leaving: _Leaving) -> None:
        for bundle in group.members[left:]:
            leaving.reasons[bundle] = group.reason
        for k, view in enumerate(self.findings.views[group.members[0]]):
            reader, name = view.reader, view.reader.layer.name
            places = [self.findings.views[bundle][k].channels for bundle in group.members]
            weights = leaving.weights.setdefault(name, reader.weights.astype(np.int64))
            dealt = deal(
                sum_of(reader, places, group.signs),
                group.signs[:left],
                reader.largest,
                bits=reader.layer.weight_bits,
            )
            for channels, its in zip(places, dealt, strict=False):
                weights[:, :, list(channels)] = its
