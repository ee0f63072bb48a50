"""Whether a claim holds in measured figures: rules, which know nothing of the claims there are."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from math import sqrt
from typing import Any, Literal, Protocol

from benchmarks.talk_figures import FAMILY, NETWORKS, REFERENCE
from hwgen.report.layer_tables import round_half_up

__all__ = [
    "AsAccurate",
    "AsCounted",
    "Fits",
    "Judged",
    "Multiplied",
    "Rises",
    "Rows",
    "Rule",
    "Verdict",
    "accuracy",
    "margin",
    "relative",
]

Rows = Mapping[str, Mapping[str, Any]]
"""Measured rows, by network."""

SIGMAS = 2


class Verdict(StrEnum):
    """What figures say of a claim."""

    HOLDS = "holds"
    PARTLY = "holds in part"
    CLOSE = "too close to tell"
    FAILS = "does not hold"
    UNKNOWN = "cannot be judged"


@dataclass(frozen=True)
class Judged:
    """A verdict, and the figures that it follows from, a line each."""

    verdict: Verdict
    figures: tuple[str, ...]


class Rule(Protocol):
    """How a claim is judged."""

    def judge(self, rows: Rows, /) -> Judged:
        """Judge a claim by the figures there are."""
        ...


def accuracy(rows: Rows, name: str) -> float | None:
    """Share of test pictures that are taken for what they show; None where it is not measured."""
    found = rows.get(name, {}).get("trained")
    return None if found is None else found["correct"] / found["images"]


def margin(rows: Rows, first: str, second: str) -> float:
    """Difference of two measured accuracies that the choice of the pictures alone may make.

    Two standard errors of the difference, as if each network had pictures of its own.
    """
    total = 0.0
    for name in (first, second):
        share = accuracy(rows, name)
        assert share is not None
        total += share * (1 - share) / rows[name]["trained"]["images"]
    return SIGMAS * sqrt(total)


@dataclass(frozen=True)
class Rises:
    """Accuracy rises from each network of a chain to the next.

    It holds where every step is up by more than the margin, and in part where the last network is
    so far above the first; it fails where a step, or the whole, is down by more than the margin.
    Networks that were not measured are left out.
    """

    chain: tuple[str, ...]

    def judge(self, rows: Rows) -> Judged:
        """As `Rule.judge`."""
        chain = [name for name in self.chain if accuracy(rows, name) is not None]
        figures = (_talk(self.chain), _here(rows, self.chain))
        if len(chain) < 2:
            return Judged(Verdict.UNKNOWN, figures)
        steps = [_step(rows, *pair) for pair in pairwise(chain)]
        whole = _step(rows, chain[0], chain[-1])
        if all(step > 0 for step in steps):
            return Judged(Verdict.HOLDS, figures)
        if whole > 0:
            return Judged(Verdict.PARTLY, figures)
        down = any(step < 0 for step in (*steps, whole))
        return Judged(Verdict.FAILS if down else Verdict.CLOSE, figures)


@dataclass(frozen=True)
class AsAccurate:
    """A network is as accurate as another but for the margin, or better.

    A ``cheaper`` one also takes no more memory and fewer operations, as the talk counts them.
    """

    other: str
    name: str
    cheaper: bool = False

    def judge(self, rows: Rows) -> Judged:
        """As `Rule.judge`."""
        pair = self.other, self.name
        figures = [_talk(pair), _here(rows, pair)]
        if any(accuracy(rows, name) is None for name in pair):
            return Judged(Verdict.UNKNOWN, tuple(figures))
        good = _step(rows, *pair) >= 0
        if self.cheaper:
            more, less = (rows[name]["stored"] for name in pair)
            good &= less["pair_bits"] <= more["pair_bits"]
            good &= less["computation"] < more["computation"]
            figures.append(
                f"Operations, memory: {_costs(rows, self.other)}; {_costs(rows, self.name)}."
            )
        return Judged(Verdict.HOLDS if good else Verdict.FAILS, tuple(figures))


@dataclass(frozen=True)
class AsCounted:
    """Figures of the slide are those that descriptions give, in percent of the reference's."""

    what: Literal["computation", "memory"]

    def judge(self, rows: Rows) -> Judged:
        """As `Rule.judge`."""
        same, others = 0, []
        for slide in FAMILY:
            found = relative(rows, slide.name, self.what)
            said = getattr(slide, self.what)
            if found is None:
                continue
            if found == said:
                same += 1
            else:
                others.append(f"{slide.name} {found} instead of {said}")
        count = same + len(others)
        figures = (f"{same} of {count} rows as on the slide", *others)
        text = (f"{'; '.join(figures)}.",)
        if not count:
            return Judged(Verdict.UNKNOWN, text)
        if same == count:
            return Judged(Verdict.HOLDS, text)
        return Judged(Verdict.PARTLY if same else Verdict.FAILS, text)


@dataclass(frozen=True)
class Multiplied:
    """Memory of a network is a multiple of another's, within a tenth of the factor.

    Counted are the largest input and output of a layer, and all weights.
    """

    name: str
    other: str
    factor: float

    def judge(self, rows: Rows) -> Judged:
        """As `Rule.judge`."""
        if not {self.name, self.other} <= rows.keys():
            return Judged(Verdict.UNKNOWN, ())
        one, two = (rows[name]["stored"] for name in (self.name, self.other))
        parts = [one[key] / two[key] for key in ("pair_bits", "weight_bits")]
        whole = sum(one[k] for k in ("pair_bits", "weight_bits")) / sum(
            two[k] for k in ("pair_bits", "weight_bits")
        )
        figures = (
            f"{self.name} to {self.other}: activations {parts[0]:.1f}, weights {parts[1]:.1f}, "
            f"together {whole:.1f} times as much; claimed: {self.factor:g}.",
        )
        good = abs(whole - self.factor) <= self.factor / 10
        return Judged(Verdict.HOLDS if good else Verdict.FAILS, figures)


@dataclass(frozen=True)
class Fits:
    """Networks fit the part at the common rate with no weights from outside, or do not."""

    names: tuple[str, ...]
    wanted: bool = True

    def judge(self, rows: Rows) -> Judged:
        """As `Rule.judge`."""
        plans = {name: plan for name in self.names if (plan := rows.get(name, {}).get("planned"))}
        inside = [n for n, plan in plans.items() if not plan.get("problem", plan.get("outside"))]
        outside = [n for n, plan in plans.items() if plan.get("outside")]
        not_at_all = [n for n, plan in plans.items() if "problem" in plan]
        lines = (
            ("All on chip", inside),
            ("Weights of some layers from outside", outside),
            ("Not at this rate", not_at_all),
        )
        figures = tuple(f"{what}: {', '.join(names)}." for what, names in lines if names)
        if not plans:
            return Judged(Verdict.UNKNOWN, figures)
        right = len(inside) if self.wanted else len(plans) - len(inside)
        if right == len(plans):
            return Judged(Verdict.HOLDS, figures)
        return Judged(Verdict.PARTLY if right else Verdict.FAILS, figures)


def relative(rows: Rows, name: str, what: str) -> int | None:
    """Computation or memory in percent of the reference's, rounded as on the slide."""
    key = {"computation": "computation", "memory": "pair_bits"}[what]
    if not {name, REFERENCE} <= rows.keys():
        return None
    share = Fraction(rows[name]["stored"][key]) / Fraction(rows[REFERENCE]["stored"][key])
    return int(round_half_up(100 * share))


def _step(rows: Rows, first: str, second: str) -> int:
    """1 or -1 where the second is better or worse than the first by more than the margin."""
    one, two = accuracy(rows, first), accuracy(rows, second)
    assert one is not None
    assert two is not None
    if abs(two - one) <= margin(rows, first, second):
        return 0
    return 1 if two > one else -1


def _talk(names: tuple[str, ...]) -> str:
    said = ", ".join(f"{NETWORKS[name].accuracy}" for name in names)
    return f"Talk: {said}."


def _here(rows: Rows, names: tuple[str, ...]) -> str:
    """Accuracies, and by how much each differs from the one before it that was measured."""
    said, before = [], None
    for name in names:
        found = accuracy(rows, name)
        if found is None:
            said.append(f"{name} not measured")
            continue
        change = ""
        if before is not None:
            last = accuracy(rows, before)
            assert last is not None
            up, allowed = 100 * (found - last), 100 * margin(rows, before, name)
            change = f"{up:+.2f}, margin {allowed:.2f}; "
        epochs = rows[name]["trained"]["epochs"]
        said.append(f"{name} {100 * found:.2f} % ({change}{epochs:.0f} epochs)")
        before = name
    return f"Here: {', '.join(said)}."


def _costs(rows: Rows, name: str) -> str:
    return f"{name} {relative(rows, name, 'computation')} %, {relative(rows, name, 'memory')} %"
