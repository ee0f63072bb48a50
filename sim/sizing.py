"""The smallest buffers that keep the full rate, from the cycle simulator."""

from collections.abc import Callable, Mapping

from hwgen.errors import FoldingError, ModelError
from hwgen.plan.plan import Buffer, Plan
from sim.cycle import steady_state

__all__ = ["override_buffers", "size_buffers"]

GENEROUS_LINES = 2
"""Bank rows beyond those of a line buffer's own full rate, for what its neighbours do."""


def size_buffers(
    plan: Plan,
    fixed: Mapping[str, int] | None = None,
    progress: Callable[[str], object] = lambda step: None,
) -> Plan:
    """Give every buffer the least size with which the design keeps its full rate.

    Full rate is the interval with generous buffers. Cycles only ever grow when a buffer shrinks
    (the rules are monotone), so each size has a threshold that bisection finds; and a buffer that
    could not be smaller beside generous ones cannot be so beside small ones either. Hence no
    single buffer of the result can be one smaller at the same rate. The largest memories are
    made small first.

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
    for buffer in sorted(chosen, key=lambda b: -b.bits * generous[b.unit]):
        progress(f"sizing {buffer.unit}")
        low, high = buffer.least, generous[buffer.unit]
        while low < high:
            middle = (low + high) // 2
            if _keeps(plan.with_buffers({buffer.unit: middle}), interval):
                high = middle
            else:
                low = middle + 1
        plan = plan.with_buffers({buffer.unit: high})
    return plan


def override_buffers(plan: Plan, entries: Mapping[str, int], source: str) -> dict[str, int]:
    """Check sizes that a user asks for: known buffers, and no less than they can work with.

    Raises
    ------
    FoldingError
        Names the buffer and the constraint; for a size that would deadlock, the cycle and the
        streams that wait.
    """
    buffers = {b.unit: b for b in plan.buffers()}
    for name, size in entries.items():
        if name not in buffers:
            known = ", ".join(buffers)
            raise FoldingError(f"{source}: there is no buffer {name!r}; there are {known}")
        least = buffers[name].least
        if size < 0 or (size < least and buffers[name].kind == "lines"):
            raise FoldingError(f"{source}: buffer {name!r}: must be at least {least}, not {size}")
    try:
        steady_state(plan.with_buffers(entries))
    except ModelError as error:
        named = ", ".join(f"{name}:{size}" for name, size in entries.items())
        raise FoldingError(f"{source}: {named} cannot work: {error}") from error
    return dict(entries)


def _generous(buffer: Buffer) -> int:
    return buffer.size + GENEROUS_LINES if buffer.kind == "lines" else buffer.size


def _keeps(plan: Plan, interval: int) -> bool:
    try:
        return steady_state(plan)[1] <= interval
    except ModelError:
        return False
