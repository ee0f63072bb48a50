"""Random designs: a random small network, folded at random."""

from math import prod
from typing import Any

import numpy as np

from hwgen.design import Design, make_design
from hwgen.model import Model
from hwgen.network import IntegerNetwork
from hwgen.passes import lower_network
from hwgen.plan.folding import fusable_pool
from sim.sizing import size_buffers

__all__ = ["random_design", "random_folding"]


def random_design(model: Model, rng: np.random.Generator) -> Design:
    """Fold a description at random, for any fabric: whatever divides; least buffers."""
    folding = random_folding(lower_network(model), rng)
    device = str(rng.choice(["generic", "up5k", "ecp5-85"]))
    # A slow clock and a fast one: the shortest pipeline and the longest.
    clock_mhz = float(rng.choice([24.0, 100.0]))
    design = make_design(
        model, device=device, folding=(folding, "random folding"), clock_mhz=clock_mhz
    )
    return design.with_plan(size_buffers(design.plan))


def random_folding(network: IntegerNetwork, rng: np.random.Generator) -> dict[str, Any]:
    """Entries of a folding file."""
    entries = {}
    for stage in network.matrices.values():
        outputs, ky, kx, channels = stage.weights.shape
        taps = [int(rng.choice(_divisors(n))) for n in (ky, kx)]
        pool = fusable_pool(network, stage)
        blocks = [[my, mx] for my in _divisors(stage.out_shape[0]) if my <= 3
                  for mx in _divisors(stage.out_shape[1]) if mx <= 3]  # fmt: skip
        if pool is not None:
            blocks += [list(pool.window)] * (len(blocks) + 1)
        entries[stage.name] = {
            "pe": int(rng.choice(_divisors(outputs))),
            "simd": int(rng.choice(_divisors(channels))) * prod(taps),
            "taps": taps,
            "m": blocks[rng.integers(len(blocks))],
        }
    return entries


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]
