"""Structured pruning: whole channels go, those that tell their readers least."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.compress.activity import Activity, expected_variances
from hwgen.compress.axes import Axes, reads_all, tie_channels
from hwgen.compress.choose import coarse
from hwgen.compress.report import weight_bits
from hwgen.compress.rewrite import without_channels
from hwgen.compress.weighted import weighted_layer
from hwgen.errors import ModelError
from hwgen.model import Conv2d, Dense, DepthwiseConv2d, Model, infer_shapes

__all__ = ["Pruned", "prune"]


@dataclass(frozen=True, eq=False)
class Pruned:
    """What went.

    Parameters
    ----------
    kept : mapping of str to int64 array
        Of layers, the numbers of the channels that stay, those of flat maps among them.
    channels : mapping of str to (int, int)
        Of the layers that made any which went, how many they made and make.
    weight_bits, weight_bits_left : int
        Bits of all weights.
    """

    kept: Mapping[str, NDArray[np.int64]]
    channels: Mapping[str, tuple[int, int]]
    weight_bits: int
    weight_bits_left: int

    @property
    def line(self) -> str:
        """A line for each layer, and one for all."""
        saved = self.weight_bits - self.weight_bits_left
        return "\n".join(
            [f"{name}: {left:,} of {had:,} channels" for name, (had, left) in self.channels.items()]
            + [f"pruning saved {saved:,} of {self.weight_bits:,} bits of weights"]
        )

    def to_json(self) -> dict[str, Any]:
        """The same as JSON."""
        return {
            "pass": "prune",
            "layers": [
                {"name": name, "channels": had, "left": left}
                for name, (had, left) in self.channels.items()
            ],
            "weight_bits": self.weight_bits,
            "weight_bits_left": self.weight_bits_left,
        }


def prune(
    model: Model,
    shares: Mapping[str, float],
    every: float | None = None,
    measured: Mapping[str, Activity] | None = None,
) -> tuple[Model, Pruned]:
    """Leave out a share of the channels of layers.

    A channel tells its readers as much as its variance times the squares of the weights that they
    have for it. Those that tell least go, with all that only they need; channels that are added to
    each other go together. So many stay that their number folds well (`hwgen.compress.choose`).

    Parameters
    ----------
    shares : mapping of str to float
        Of the channels that layers make, those to leave out: between 0 and 1.
    every : float, optional
        The same for all other layers whose channels can go.
    measured : mapping of str to Activity, optional
        Of layers, on pictures; of others what their batch normalisations let expect.

    Raises
    ------
    ModelError
        If there is no such layer, its channels cannot go, or a share leaves none out or none in.
    """
    axes = tie_channels(model, infer_shapes(model))
    told = _told(model, axes, measured or {})
    gone: set[int] = set()
    asked = dict(shares)
    for name in asked:
        _check(model, axes, name)
    if every is not None:
        able = [x for x in model.layers if reads_all(x) and not _fixed(axes, x.name)]
        asked |= {x.name: every for x in able if x.name not in asked}
    for name, share in asked.items():
        if not 0 < share < 1:
            raise ModelError(
                f"{model.source}: layer {name!r}: the share of channels to prune must be between "
                f"0 and 1, not {share:g}"
            )
        bundles = np.unique(axes.of[name])
        multiple = coarse(len(bundles))
        left = max(1, -(-round(len(bundles) * (1 - share)) // multiple)) * multiple
        if left == len(bundles) and name in shares:
            raise ModelError(
                f"{model.source}: layer {name!r}: {share:g} of its {left} channels is no channel "
                "to leave out"
            )
        order = bundles[np.argsort(told[bundles], kind="stable")]
        stay = [bundle for bundle in order.tolist() if bundle not in gone]
        gone |= set(stay[: max(0, len(stay) - left)])
    made = without_channels(model, axes, frozenset(gone), {}, {})
    had, now = infer_shapes(model), infer_shapes(made)
    channels = {
        x.name: (had[x.name][2], now[x.name][2])
        for x in model.layers
        if reads_all(x) and had[x.name] != now[x.name]
    }
    lost = np.array(sorted(gone), np.int64)
    kept = {name: np.flatnonzero(~np.isin(of, lost)) for name, of in axes.of.items()}
    return made, Pruned(kept, channels, weight_bits(model), weight_bits(made))


def _fixed(axes: Axes, name: str) -> bool:
    return not axes.fixed.isdisjoint(axes.of[name].tolist())


def _check(model: Model, axes: Axes, name: str) -> None:
    weighted_layer(model, name)
    if _fixed(axes, name):
        raise ModelError(
            f"{model.source}: layer {name!r}: its channels are those of the picture or of the "
            "scores, and stay"
        )


def _told(model: Model, axes: Axes, measured: Mapping[str, Activity]) -> NDArray[np.float64]:
    """What each bundle tells its readers."""
    found = np.zeros(1 + max(int(bundles.max()) for bundles in axes.of.values()))
    for layer in model.layers:
        if not isinstance(layer, Conv2d | Dense):
            continue
        (source,) = layer.inputs
        weights = layer.weights.astype(np.float64) * 2.0**-layer.weight_fraction_bits
        depthwise = isinstance(layer, DepthwiseConv2d)
        kept = (1, 2, 3) if depthwise else tuple(range(weights.ndim - 1))
        power = (weights**2).sum(axis=kept)
        variances = expected_variances(model, source, measured)
        bundles = axes.of[source]
        if variances is not None:
            # A flat map has each channel once a pixel, an expectation once.
            power = power * np.resize(variances, len(bundles))
        np.add.at(found, bundles, power)
    return found
