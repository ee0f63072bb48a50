"""The smallest buffers that keep the full rate, from the cycle simulator."""

from collections.abc import Callable, Iterable, Mapping, Sequence

from hwgen.errors import FoldingError, ModelError
from hwgen.plan.plan import LARGEST_BUFFER, Plan
from hwgen.plan.units import Buffer
from sim.activity import FifoTally
from sim.cycle import chunks, simulate, steady_state
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
"""Words from which on a FIFO is one that balances paths, and is sized behind all others."""

MANY = 1 << 20
"""Transfers a frame from which on such FIFOs keep the most that they ever hold: with all buffers
tight, each size tried would take minutes."""


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
    The largest memories are made small first.

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
    _, interval = steady_state(plan)
    deep = [b for b in chosen if b.kind == "fifo" and generous[b.unit] >= DEEP]
    others = [b for b in chosen if b not in deep]
    others.sort(key=lambda b: -b.bits * generous[b.unit])
    plan = _shrunk(plan, others, interval, progress)
    # A FIFO that is never full may as well be no larger than the most it ever held.
    used = _most_used(plan, deep) if deep else {}
    plan = plan.with_buffers({b.unit: used[b.unit] for b in deep})
    words = sum(stream.transfers_per_frame for stream in plan.streams)
    for buffer in sorted(deep, key=lambda b: -b.bits * used[b.unit]) if words < MANY else ():
        progress(f"sizing {buffer.unit}")
        size = _least(plan, buffer.unit, buffer.least, used[buffer.unit], interval)
        plan = plan.with_buffers({buffer.unit: size})
    return plan


def _shrunk(
    plan: Plan, buffers: Sequence[Buffer], interval: int, progress: Callable[[str], object]
) -> Plan:
    """Give each buffer in turn the least size with which the rate is kept.

    What a buffer needs follows nearly always from the units around it, and there it is found:
    beside the right sizes of those before it none is too large, as the whole needs no less than a
    part of it. Where all together keep the rate of the whole, none is too small either. Else
    larger parts say more, up to the whole.
    """
    sizes = {b.unit: b.size for b in plan.buffers()}
    least = {b.unit: b.least for b in buffers}
    radius = RADIUS if load_kernel() else len(plan.units)
    while True:
        sized, same = plan, True
        for number, buffer in enumerate(buffers, 1):
            name = buffer.unit
            progress(f"sizing {name}, {number} of {len(buffers)}")
            part = neighbourhood(sized, name, radius)
            # What a smaller part has found holds while nothing before it is another size.
            low = least[name] if same else buffer.least
            size = _least(part, name, low, sizes[name], interval)
            same = same and size == least[name]
            least[name] = size
            sized = sized.with_buffers({name: size})
        if radius >= len(plan.units) or _keeps(sized, interval):
            return sized
        radius *= 2


def _least(plan: Plan, name: str, low: int, high: int, interval: int) -> int:
    """Least size of a buffer with which the rate is kept, of those from ``low`` to ``high``.

    The least comes first and then the greatest ones, as these are what most buffers need.
    """
    if low < high:
        if _keeps(plan.with_buffers({name: low}), interval):
            return low
        low += 1
    step = 1
    while low < high:
        # Steps double until one is too large; then the rest is halved.
        middle = max(low, high - step) if step else (low + high) // 2
        if _keeps(plan.with_buffers({name: middle}), interval):
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


def _keeps(plan: Plan, interval: int) -> bool:
    try:
        return steady_state(plan)[1] <= interval
    except ModelError:
        return False
