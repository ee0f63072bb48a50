"""Coefficients: priors, and what published measurements make of them."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from math import log
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hwgen.families.devices import PARTS
from hwgen.families.power import COMMON, MEASURED_PART, SCALING
from hwgen.power.events import CLOCK_CYCLE, EVENTS
from hwgen.power.priors import (
    PRIORS,
    STATIC,
    Prior,
    tree_size,
)

__all__ = [
    "MEASUREMENTS_FILE",
    "NAMES",
    "Coefficients",
    "Measurement",
    "coefficients",
    "fitted",
    "measurements",
]

MEASUREMENTS_FILE = Path(__file__).with_name("measurements.json")
"""Published measurements, where they are from, and what was counted of the designs."""

NAMES = tuple(PRIORS)
"""Of all coefficients, in order."""

STEPS = 30
"""Of the fit; it moves by a few, and no more then."""

Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Measurement:
    """Power that somebody measured of a part with a design that can be counted.

    ``terms`` are how often each coefficient goes into it, in a second; ``uncertainty`` is that of
    meter and counts together, relative.
    """

    name: str
    source: str
    part: str
    watts: float
    terms: Mapping[str, float]
    uncertainty: float


@dataclass(frozen=True, eq=False)
class Coefficients:
    """Coefficients of a part: logarithms of joules and watts, by `NAMES`, and their covariance."""

    mean: Vector
    covariance: NDArray[np.float64]

    def watts(self, terms: Mapping[str, float]) -> float:
        """What some terms come to."""
        return float(_weights(terms) @ np.exp(self.mean))

    def uncertainty(self, terms: Mapping[str, float]) -> float:
        """Relative standard deviation of that, as far as coefficients make it."""
        parts = _weights(terms) * np.exp(self.mean)
        total = parts.sum()
        return float(np.sqrt(parts @ self.covariance @ parts) / total) if total else 0.0


@cache
def measurements() -> tuple[Measurement, ...]:
    """Measurements that the coefficients are fitted to."""
    data = json.loads(MEASUREMENTS_FILE.read_text())
    return tuple(_measurement(data, entry) for entry in data["measurements"])


def _measurement(data: Mapping[str, Any], entry: Mapping[str, Any]) -> Measurement:
    hertz = entry["clock_mhz"] * 1e6
    events = {CLOCK_CYCLE: 1.0} | data["counts"][entry["counts"]]
    for event, amount in entry.get("and", {}).items():
        events[event] = events.get(event, 0.0) + amount
    terms = {event: amount * hertz for event, amount in events.items()} | {"static": 1.0}
    if entry.get("clock_source"):
        terms[entry["clock_source"]] = 1.0
    if entry.get("board"):
        terms["board"] = entry["board"]
    if entry["part"] in PARTS:
        terms[CLOCK_CYCLE] *= tree_size(PARTS[entry["part"]])
    return Measurement(
        entry["name"], entry["source"], entry["part"], entry["volts"] * entry["milliamperes"] / 1e3,
        terms, data["sources"][entry["source"]]["uncertainty"],
    )  # fmt: skip


@cache
def coefficients(part: str) -> Coefficients:
    """Coefficients of a part, by all measurements.

    Parameters
    ----------
    part : str
        Name of a device that there is.
    """
    return fitted(part, frozenset())


def fitted(part: str, without: Collection[str]) -> Coefficients:
    """Coefficients of a part without measurements of some names.

    Those of a family that was not measured are scaled, as far as nothing is known of its own.
    """
    known = [m for m in measurements() if m.name not in without]
    mean = np.array([log(prior.median) for prior in PRIORS.values()])
    covariance = np.diag([prior.spread**2 for prior in PRIORS.values()])
    base = _posterior(Coefficients(mean, covariance), [m for m in known if m.part == MEASURED_PART])
    if part == MEASURED_PART:
        return base
    own = _of_part(base, part)
    return _posterior(own, [m for m in known if m.part == part])


def _of_part(base: Coefficients, part: str) -> Coefficients:
    """Coefficients of another part than the one that they were measured of."""
    mean, covariance = base.mean.copy(), base.covariance.copy()
    family = PARTS[part].family.name
    events = np.array([name in EVENTS for name in NAMES])
    covariance[np.ix_(events, events)] += log(COMMON[family]) ** 2
    scaling = SCALING.get(family)
    if scaling is not None:
        mean[events] += log(scaling.voltage)
        for index, name in enumerate(NAMES):
            if name in EVENTS:
                more, factor = scaling.own.get(name, (1.0, scaling.each))
                mean[index] += log(more)
                covariance[index, index] += log(factor) ** 2
    return _replaced(Coefficients(mean, covariance), "static", STATIC[part])


def _replaced(found: Coefficients, name: str, prior: Prior) -> Coefficients:
    """Coefficients with another prior for one of them."""
    mean, covariance, at = found.mean.copy(), found.covariance.copy(), NAMES.index(name)
    mean[at] = log(prior.median)
    covariance[at, :] = covariance[:, at] = 0.0
    covariance[at, at] = prior.spread**2
    return Coefficients(mean, covariance)


def _posterior(prior: Coefficients, known: Sequence[Measurement]) -> Coefficients:
    """The most likely logarithms and how sure they are, by Gauss' and Newton's steps.

    Measured and modelled power differ by a log-normal factor, each coefficient and its prior too.
    """
    if not known:
        return prior
    weights = np.array([_weights(m.terms) for m in known])
    measured = np.log([m.watts for m in known])
    sure = 1 / np.array([m.uncertainty for m in known]) ** 2
    precision = np.linalg.inv(prior.covariance)
    mean, hessian = prior.mean.copy(), precision
    for _ in range(STEPS):
        parts = weights * np.exp(mean)
        total = parts.sum(axis=1)
        slope = parts / total[:, None]
        hessian = precision + slope.T @ (sure[:, None] * slope)
        gradient = precision @ (prior.mean - mean) + slope.T @ (sure * (measured - np.log(total)))
        mean = mean + np.linalg.solve(hessian, gradient)
    return Coefficients(mean, np.asarray(np.linalg.inv(hessian), np.float64))


def _weights(terms: Mapping[str, float]) -> Vector:
    return np.array([terms.get(name, 0.0) for name in NAMES])
