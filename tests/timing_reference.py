"""The timing rules of docs/contracts.md, stepped cycle by cycle, and the patterns they run under.

A rule says in which cycles a unit accepts a word or shows one, given the transfers so far.
`predict` runs it against a pattern and returns the same `Trace` that `tests.rtl_bench` records.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

# Cycles without a transfer after which a stream counts as stuck; patterns stall for less.
QUIET_CYCLES = 200


@dataclass
class Trace:
    """Cycle of each event; cycle 0 is the first in which a transfer can happen."""

    offered: list[int] = field(default_factory=list)  # i.valid rose for word k
    i: list[int] = field(default_factory=list)  # word k was taken
    visible: list[int] = field(default_factory=list)  # o.valid rose for output k
    o: list[int] = field(default_factory=list)  # output k left


@dataclass(frozen=True)
class Pattern:
    """When the outside offers and accepts.

    ``offers(cycle, idle)``: whether a source that has offered nothing for ``idle`` cycles offers
    now; an offer then stands until it is taken. ``accepts(cycle, waited)``: whether the sink is
    ready, the present output having been valid for ``waited`` cycles before this one.
    """

    name: str
    offers: Callable[[int, int], bool]
    accepts: Callable[[int, int], bool]

    def __str__(self) -> str:
        return self.name


def random_stalls(seed: int, offers: float, accepts: float) -> Pattern:
    """Stall both sides at random, with these probabilities of going ahead."""
    draws = np.random.default_rng(seed).random((2, 4096))
    go_in, go_out = draws[0] < offers, draws[1] < accepts
    return Pattern(
        f"random_{seed}",
        lambda cycle, idle: bool(go_in[cycle % 4096]),
        lambda cycle, waited: bool(go_out[cycle % 4096]),
    )


def ready_after_valid(wait: int) -> Pattern:
    """Raise ready only when the output has been valid for ``wait`` cycles."""
    return Pattern(
        f"ready_after_{wait}", lambda cycle, idle: True, lambda cycle, waited: waited >= wait
    )


def slow_source(gap: int) -> Pattern:
    """Leave ``gap`` cycles between words."""
    return Pattern(f"gap_{gap}", lambda cycle, idle: idle >= gap, lambda cycle, waited: True)


FULL_RATE = Pattern("full_rate", lambda cycle, idle: True, lambda cycle, waited: True)
PATTERNS = (
    FULL_RATE,
    random_stalls(1, 0.5, 0.5),
    random_stalls(2, 0.9, 0.3),
    random_stalls(3, 0.3, 0.9),
    ready_after_valid(1),
    ready_after_valid(3),
    slow_source(2),
)


class Outside:
    """Source and sink under a pattern; the same for hardware and rule."""

    def __init__(self, pattern: Pattern, words: int):
        self.pattern = pattern
        self.words = words
        self.trace = Trace()
        self.cycle = 0
        self.idle = 0
        self.waited = 0
        self.offering = False

    @property
    def quiet_cycles(self) -> int:
        """Cycles since the last transfer."""
        return self.cycle - max([0, *self.trace.i[-1:], *self.trace.o[-1:]])

    def offer(self) -> bool:
        """Tell whether i.valid is high in this cycle."""
        done = len(self.trace.i) == self.words
        if not self.offering and not done and self.pattern.offers(self.cycle, self.idle):
            self.offering = True
            self.trace.offered.append(self.cycle)
        return self.offering

    def accept(self) -> bool:
        """Tell whether o.ready is high in this cycle."""
        return self.pattern.accepts(self.cycle, self.waited)

    def finish_cycle(self, *, i_ready: bool, o_valid: bool) -> None:
        """Record what happened in this cycle and go to the next."""
        if o_valid and not self.waited:
            self.trace.visible.append(self.cycle)
        if o_valid and self.accept():
            self.trace.o.append(self.cycle)
            self.waited = 0
        else:
            self.waited += o_valid
        if self.offering and i_ready:
            self.trace.i.append(self.cycle)
            self.offering = False
            self.idle = 0
        else:
            self.idle += not self.offering
        self.cycle += 1


def _past(cycles: list[int], index: int, now: int, delay: int) -> bool:
    """Whether event ``index`` lies ``delay`` cycles back; events before the first always do."""
    return index < 0 or (index < len(cycles) and cycles[index] + delay <= now)


class Rule:
    """One row of the contract's timing table. ``trace.o`` includes the present cycle, not so i."""

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        """Tell whether output k is valid now, all before it having left."""
        raise NotImplementedError

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        """Tell whether input k can be taken now, all before it having been taken."""
        raise NotImplementedError


class Fifo(Rule):
    """FIFO of a depth."""

    def __init__(self, depth: int):
        self.depth = depth

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return _past(trace.i, k, now, 1)

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        return _past(trace.o, k - self.depth, now, 1)


class Register(Rule):
    """Register, whose output makes room in the cycle in which it leaves."""

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return _past(trace.i, k, now, 1)

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        return _past(trace.o, k - 1, now, 0)


class Delay(Rule):
    """So many words on their way, the last of which makes room in the cycle in which it leaves."""

    def __init__(self, *, latency: int, depth: int):
        self.latency = latency
        self.depth = depth

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return _past(trace.i, k, now, self.latency)

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        return _past(trace.o, k - self.depth, now, 0)


class Unpack(Rule):
    """Unpack by a count."""

    def __init__(self, count: int):
        self.count = count

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return offering

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        return _past(trace.o, (k + 1) * self.count - 1, now, 0)


class Fold(Rule):
    """Fold of a count of words into one."""

    def __init__(self, count: int, *, latency: int = 1, depth: int = 1):
        self.count = count
        self.latency = latency
        self.depth = depth

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return _past(trace.i, (k + 1) * self.count - 1, now, self.latency)

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        output, word = divmod(k, self.count)
        return word < self.count - 1 or _past(trace.o, output - self.depth, now, 1)


class Held(Rule):
    """Words that meet others which stay for ``hold`` of them; ``count`` of those make a fold.

    ``weights(cycle)``: whether those, where they come in, may begin to be offered in a cycle.
    """

    def __init__(
        self,
        hold: int,
        count: int,
        *,
        latency: int,
        depth: int,
        weights: Callable[[int], bool] = lambda cycle: True,
    ):
        self.hold = hold
        self.count = count
        self.latency = latency
        self.depth = depth
        self.weights = weights
        self.taken = 0
        self.offered = False

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        fold, word = divmod(k, self.hold)
        return _past(
            trace.i, (fold * self.count + self.count - 1) * self.hold + word, now, self.latency
        )

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        # Called once a cycle: this is where a word that comes in is offered.
        weight, word = divmod(k, self.hold)
        if weight > self.taken:
            self.taken, self.offered = weight, False
        self.offered |= self.weights(now)
        fold, turn = divmod(weight, self.count)
        room = turn < self.count - 1 or _past(trace.o, fold * self.hold + word - self.depth, now, 1)
        return room and self.offered


class Reads(Rule):
    """Sliding window, reorder: a memory between a writer and reads issued in order.

    ``needs(r)`` is the input word that read r waits for, ``frees(k)`` the read whose issue input
    word k waits for; a negative number waits for nothing.
    """

    def __init__(self, needs: Callable[[int], int], frees: Callable[[int], int]):
        self.needs = needs
        self.frees = frees
        self.issued: list[int] = []

    def visible(self, k: int, now: int, trace: Trace, offering: bool) -> bool:
        return _past(self.issued, k, now, 1)

    def accepts(self, k: int, now: int, trace: Trace) -> bool:
        # Called once a cycle, after the cycle's output transfer: this is where a read is issued.
        read = len(self.issued)
        if _past(trace.i, self.needs(read), now, 1) and _past(trace.o, read - 1, now, 0):
            self.issued.append(now)
        return _past(self.issued, self.frees(k), now, 1)


def predict(rule: Rule, pattern: Pattern, *, words: int, outputs: int) -> Trace:
    """Cycles in which a unit that follows the rule takes ``words`` and gives ``outputs``."""
    outside = Outside(pattern, words)
    trace = outside.trace
    while len(trace.o) < outputs or len(trace.i) < words:
        assert outside.quiet_cycles < QUIET_CYCLES, f"the rule is stuck: {trace}"
        now = outside.cycle
        offering = outside.offer()
        o_valid = len(trace.o) < outputs and rule.visible(len(trace.o), now, trace, offering)
        leaving = o_valid and outside.accept()
        with_output = Trace(i=trace.i, o=[*trace.o, now] if leaving else trace.o)
        i_ready = rule.accepts(len(trace.i), now, with_output)
        outside.finish_cycle(i_ready=i_ready, o_valid=o_valid)
    return trace
