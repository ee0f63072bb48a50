"""All foldings of a stage, and the cheapest of each that reaches a rate."""

from collections.abc import Iterator
from math import ceil, prod

from hwgen.errors import FoldingError
from hwgen.estimates.rough_price import rough_price
from hwgen.network import IntegerNetwork, Matrix, Pool
from hwgen.plan.folding import Folding, fusable_pool, matrix_cycles

__all__ = [
    "DEFAULT_LANES",
    "LARGEST_SIMD",
    "check_output",
    "choose_folding",
    "divisors",
    "folding_options",
    "least_cycles",
]

LARGEST_SIMD = 576
"""Input lanes that a search goes up to: wider counts take long to lay out, and have no clock."""

DEFAULT_LANES = 512
"""XNOR lanes that a build without a rate aims at: a part with some 5,000 LUT4 holds them."""


def folding_options(stage: Matrix, pool: Pool | None) -> Iterator[Folding]:
    """Foldings to choose from: kernels, their rows or single taps; a pool's window as a block."""
    outputs, ky, kx, channels = stage.weights.shape
    blocks = [(1, 1)] + ([pool.window] if pool else [])
    for taps in sorted({(1, 1), (1, kx), (ky, kx)}):
        for block in blocks:
            for group in divisors(channels):
                for pe in divisors(outputs):
                    words_of = pe if stage.depthwise else group
                    yield Folding(pe, words_of, taps, block, depthwise=stage.depthwise)


def divisors(n: int) -> list[int]:
    """All of a number, in order."""
    return [d for d in range(1, n + 1) if n % d == 0]


def check_output(network: IntegerNetwork, cycles: int) -> None:
    """Refuse a rate at which the values cannot leave, one a cycle, whatever the folding.

    Raises
    ------
    FoldingError
        Names the last layer and the least cycles.
    """
    values = prod(network.out_shape)
    if values > cycles:
        raise FoldingError(
            f"{network.source}: layer {network.stages[-1].name!r}: its {values:,} values leave one "
            f"a cycle, so a frame needs more than the {cycles:,} cycles asked for"
        )


def least_cycles(network: IntegerNetwork) -> int:
    """Cycles a frame that no folding is below: a pixel a cycle, and every layer at its fastest."""
    found = [prod(network.in_shape[:2])]
    for stage in network.matrices.values():
        pool = fusable_pool(network, stage)
        found.append(min(matrix_cycles(stage, pool, f) for f in folding_options(stage, pool)))
    return max(found)


def choose_folding(network: IntegerNetwork, target: int | None) -> dict[str, Folding]:
    """Cheapest folding of every stage that takes at most ``target`` cycles a frame.

    Without a target, one is chosen that makes about `DEFAULT_LANES` lanes.

    Raises
    ------
    FoldingError
        If a stage cannot be that fast; names it and its least cycles. As `check_output`.
    """
    chosen: dict[str, Folding] = {}
    options = {}
    for name, stage in network.matrices.items():
        pool = fusable_pool(network, stage)
        options[name] = [
            (matrix_cycles(stage, pool, f), rough_price(stage, pool, f), f)
            for f in folding_options(stage, pool)
        ]
    fastest = max((min(c[0] for c in o) for o in options.values()), default=1)
    if target is None:
        macs = sum(
            s.weights.size * s.out_shape[0] * s.out_shape[1] for s in network.matrices.values()
        )
        edges = prod(network.in_shape[:2]), prod(network.out_shape)
        target = max(ceil(macs / DEFAULT_LANES), *edges, fastest)
    for name, candidates in options.items():
        fits = [(cost, cycles, f) for cycles, cost, f in candidates if cycles <= target]
        if not fits:
            least = min(cycles for cycles, _, _ in candidates)
            raise FoldingError(
                f"{network.source}: layer {name!r}: needs at least {least:,} cycles a "
                f"frame, more than the {target:,} asked for"
            )
        chosen[name] = min(fits, key=lambda fit: (fit[0], fit[1], str(fit[2])))[2]
    check_output(network, target)
    return chosen
