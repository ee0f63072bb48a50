"""The smallest buffers that keep the full rate, from the cycle simulator."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from operator import ge, le

from hwgen.errors import FoldingError, ModelError
from hwgen.plan.plan import LARGEST_BUFFER, Plan
from hwgen.plan.units import Buffer, Fifo
from sim.activity import FifoTally
from sim.cycle import chunks, keeps_pace, simulate, steady_state
from sim.flow import Wanted
from sim.kernel import load_kernel
from sim.neighbourhood import neighbourhood

__all__ = ["override_buffers", "parse_sizes", "size_buffers"]

GENEROUS_LINES = 2
"""Bank rows beyond those of a line buffer's own full rate, for what its neighbours do."""

MOST_DIGITS = 30
"""Of the size of a buffer."""


RADIUS = 4
"""Streams between a buffer and the units that are looked at first for its size: in a chain of
convolutions these reach to the line buffers before and behind it."""

FRAMES_TRIED = 2
"""Frames after which a design that stops has stopped: its second one meets what the first left."""

DEEP = 64
"""Words from which on a FIFO is one that balances paths, or holds a map, and is not sized among
the others."""

MANY = 1 << 20
"""Transfers a frame from which on such FIFOs keep the most that they hold: each size tried takes a
run of the whole design, and all together would take minutes."""


def size_buffers(
    plan: Plan,
    fixed: Mapping[str, int] | None = None,
    progress: Callable[[str], object] = lambda step: None,
) -> Plan:
    """Give every buffer the least size with which the design keeps its full rate.

    Full rate is the interval with generous buffers. Cycles only ever grow when a buffer shrinks
    (the rules are monotone), so each size has a threshold that bisection finds; and a buffer that
    could not be smaller beside generous ones cannot be so beside small ones either. Hence no
    single buffer of the result can be one smaller at the same rate; but for the FIFOs of parting
    paths in networks of `MANY` transfers a frame, which are no larger than what they hold at most.

    FIFOs where paths meet come first: beside line buffers that are generous they hold what one
    path is behind the other, and beside small ones what these hold up as well. Then the largest
    memories are made small first.

    Parameters
    ----------
    fixed : mapping of str to int, optional
        Sizes that are not to be chosen, by unit name.
    progress : callable
        Told which buffer is being sized.

    Raises
    ------
    ModelError
        If the design cannot run with the fixed sizes: names the cycle and the streams that wait.
    """
    fixed = fixed or {}
    chosen = [b for b in plan.buffers() if b.unit not in fixed]
    generous = {b.unit: _generous(b) for b in chosen}
    plan = plan.with_buffers({**generous, **fixed})
    rate = _Rate(steady_state(plan)[1])
    deep = [b for b in chosen if b.kind == "fifo" and generous[b.unit] >= DEEP]
    joins = {u.name: u.stage for u in plan.units if isinstance(u, Fifo) and u.deep}
    meeting = {b.unit: joins[b.unit] for b in deep if b.unit in joins}
    if meeting:
        plan = _without_shared(plan, deep, meeting, rate)
        plan = _tight(plan, [b for b in deep if b.unit in meeting], rate, progress)
        plan = plan.with_buffers({b.unit: b.size for b in deep if b.unit not in meeting})
    others = [b for b in chosen if b not in deep]
    others.sort(key=lambda b: -b.bits * generous[b.unit])
    plan = _shrunk(plan, others, rate, progress)
    deep = [b for b in deep if b.unit not in meeting]
    return _tight(_at_most_held(plan, deep, rate), deep, rate, progress)


def _at_most_held(plan: Plan, fifos: Sequence[Buffer], rate: "_Rate") -> Plan:
    """With FIFOs no larger than the most they hold, where the rate stays, or never full."""
    if not fifos:
        return plan
    used = _most_used(plan, fifos)
    tight = plan.with_buffers(used)
    return tight if rate.kept_by(tight) else _never_full(plan, used)


def _never_full(plan: Plan, used: Mapping[str, int]) -> Plan:
    """With a word more than FIFOs hold: a full one takes none in a cycle in which it gives one."""
    sizes = {b.unit: b.size for b in plan.buffers()}
    return plan.with_buffers({name: min(n + 1, sizes[name]) for name, n in used.items()})


def _without_shared(
    plan: Plan, fifos: Sequence[Buffer], meeting: Mapping[str, str], rate: "_Rate"
) -> Plan:
    """With what FIFOs hold, without what all paths to a stage do, where the rate stays.

    What is behind the stage may stop now and then, and all paths run ahead of it: its FIFOs then
    hold as much more as they can, and that need not be. So the path that comes last gets two
    words, and others as much less as it has, or as they still hold.

    Parameters
    ----------
    meeting : mapping of str to str
        Stages at which paths meet, by FIFO.
    """
    words = {s.target: s.transfers_per_frame for s in plan.streams}
    used = _most_used(plan, fifos)
    parts = {name: Fraction(used[name], words[name]) for name in meeting}
    short: dict[str, int] = {}
    less: dict[str, int] = {}
    for stage in dict.fromkeys(meeting.values()):
        names = [name for name in meeting if meeting[name] == stage]
        last = min(names, key=lambda name: parts[name])
        short[last] = 2
        for name in names:
            # What is full might hold more.
            if name != last and parts[name] < 1:
                less[name] = used[name] - int(parts[last] * words[name]) + 1
    held = _never_full(plan, used)
    if rate.kept_by(shorter := held.with_buffers({**less, **short})):
        return shorter
    if rate.kept_by(shorter := held.with_buffers(short)):
        still = _most_used(shorter, [b for b in fifos if b.unit in meeting])
        return _never_full(shorter, still)
    return held


def _tight(
    plan: Plan, fifos: Sequence[Buffer], rate: "_Rate", progress: Callable[[str], object]
) -> Plan:
    """With the least sizes of FIFOs that are large enough, where these do not take too long."""
    if sum(stream.transfers_per_frame for stream in plan.streams) >= MANY:
        return plan
    sizes = {b.unit: b.size for b in plan.buffers()}
    for buffer in sorted(fifos, key=lambda b: -b.bits * sizes[b.unit]):
        progress(f"sizing {buffer.unit}")
        size = _least([plan], buffer.unit, buffer.least, sizes[buffer.unit], rate)
        plan = plan.with_buffers({buffer.unit: size})
    return plan


def _shrunk(
    plan: Plan, buffers: Sequence[Buffer], rate: "_Rate", progress: Callable[[str], object]
) -> Plan:
    """Give each buffer in turn the least size with which the rate is kept.

    What a buffer needs follows nearly always from the units around it, and there it is found:
    beside the right sizes of those before it none is too large, as the whole needs no less than a
    part of it. Where all together keep the rate of the whole, none is too small either. Else
    larger parts say more, up to the whole; what is too small in one part needs no larger one.
    """
    sizes = {b.unit: b.size for b in plan.buffers()}
    least = {b.unit: b.least for b in buffers}
    radii = [RADIUS if load_kernel() else len(plan.units)]
    while True:
        sized, same = plan, True
        for number, buffer in enumerate(buffers, 1):
            name = buffer.unit
            progress(f"sizing {name}, {number} of {len(buffers)}")
            parts = [neighbourhood(sized, name, radius) for radius in radii]
            # What smaller parts have found holds while nothing before it is another size.
            low = least[name] if same else buffer.least
            size = _least(parts, name, low, sizes[name], rate, guess=least[name])
            same = same and size == least[name]
            least[name] = size
            sized = sized.with_buffers({name: size})
        if radii[-1] >= len(plan.units) or rate.kept_by(sized):
            return sized
        radii.append(2 * radii[-1])


def _least(
    parts: Sequence[Plan], name: str, low: int, high: int, rate: "_Rate", guess: int = 0
) -> int:
    """Least size of a buffer with which all parts keep the rate, from ``low`` to ``high``.

    The least comes first, then the one that is guessed, and then the greatest ones, as these are
    what most buffers need.
    """

    def kept(size: int) -> bool:
        return all(rate.kept_by(part.with_buffers({name: size})) for part in parts)

    if low < high:
        if kept(low):
            return low
        low += 1
    step = 1
    while low < high:
        # Steps double until one is too large; then the rest is halved.
        middle = max(low, high - step) if step else (low + high) // 2
        if low <= guess < high:
            middle, guess = guess, 0
        if kept(middle):
            high = middle
            step *= 2
        else:
            low = middle + 1
            step = 0
    return high


def _most_used(plan: Plan, fifos: Sequence[Buffer]) -> dict[str, int]:
    """Most words that each of some FIFOs holds at full rate."""
    tally = FifoTally(plan, fifos)
    wanted = Wanted(tally.streams, transfers_only=True, reused=True)
    for chunk in chunks(plan, FRAMES_TRIED + 2, wanted=wanted):
        tally.add(chunk)
    return {use.buffer.unit: max(use.high_water, use.buffer.least) for use in tally.result()}


def parse_sizes(texts: Iterable[str]) -> dict[str, int]:
    """Sizes by unit name, from texts such as ``conv1:4``.

    Raises
    ------
    FoldingError
        If a text is not of that form, or a unit comes twice.
    """
    sizes: dict[str, int] = {}
    for text in texts:
        name, _, size = text.rpartition(":")
        if not name or not (size.isascii() and size.isdigit()):
            raise FoldingError(f"a buffer's size must be given as NAME:DEPTH, not {text!r}")
        if name in sizes:
            raise FoldingError(f"buffer {name!r}: is given two sizes, {sizes[name]} and {size}")
        # Python reads no numbers of more than 4,300 digits.
        if len(size) > MOST_DIGITS or int(size) > LARGEST_BUFFER:
            raise FoldingError(
                f"buffer {name!r}: must be at most {LARGEST_BUFFER:,}, not {size[:MOST_DIGITS]}"
            )
        sizes[name] = int(size)
    return sizes


def override_buffers(plan: Plan, sizes: Mapping[str, int], source: str) -> Mapping[str, int]:
    """Check sizes that a user asks for; returns them.

    Raises
    ------
    FoldingError
        If there is no such buffer, or if the design would stop for ever: names the cycle, and the
        streams that wait.
    """
    known = [b.unit for b in plan.buffers()]
    for name in sizes:
        if name not in known:
            raise FoldingError(
                f"{source}: there is no buffer {name!r}; there are {', '.join(known)}"
            )
    try:
        if sizes:
            simulate(plan.with_buffers(sizes), FRAMES_TRIED)
    except ModelError as error:
        asked = ", ".join(f"{name}:{size}" for name, size in sizes.items())
        raise FoldingError(f"{source}: buffer {asked}: {error}") from error
    return sizes


def _generous(buffer: Buffer) -> int:
    return buffer.size + GENEROUS_LINES if buffer.kind == "lines" else buffer.size


Sizes = list[int]
"""Of all buffers of a plan, in the order of the data."""


class _Rate:
    """Cycles a frame that are kept, and which plans keep them: parts of one are often alike.

    What sizes keep, larger ones do; what they do not, no smaller ones do.
    """

    def __init__(self, interval: int):
        self.interval = interval
        self._known: dict[object, tuple[list[Sizes], list[Sizes]]] = {}

    def kept_by(self, plan: Plan) -> bool:
        """Whether a plan, or a part of one, is as fast."""
        sizes = [b.size for b in plan.buffers()]
        kept, slower = self._known.setdefault(_structure(plan), ([], []))
        if any(all(map(le, known, sizes)) for known in kept):
            return True
        if any(all(map(ge, known, sizes)) for known in slower):
            return False
        found = keeps_pace(plan, self.interval)
        (kept if found else slower).append(sizes)
        return found


def _structure(plan: Plan) -> object:
    """All that cycles depend on but the sizes of buffers, the same for parts that are alike."""
    names = {u.name: f"{k}" for k, u in enumerate(plan.units)}
    return (
        tuple(
            replace(u.resized(u.buffer.least) if u.buffer else u, name=names[u.name], stage="")
            for u in plan.units
        ),
        tuple(
            replace(s, name="", source=names.get(s.source, s.source),
                    target=names.get(s.target, s.target))
            for s in plan.streams
        ),
    )  # fmt: skip
