"""Random designs: a random small network, folded at random."""

from math import prod
from typing import Any

import numpy as np

from hwgen.design import Design, make_design
from hwgen.model import Model
from hwgen.network import IntegerNetwork, Matrix
from hwgen.passes import lower_network
from hwgen.plan.folding import LEAST_HOLD, fusable_pool
from hwgen.search.code_books import stage_index_bits
from sim.sizing import size_buffers

__all__ = ["random_design", "random_folding"]


def random_design(model: Model, rng: np.random.Generator, outside: bool | None = None) -> Design:
    """Fold a description at random, for any fabric: whatever divides; least buffers."""
    folding = random_folding(lower_network(model), rng, outside)
    device = str(rng.choice(["generic", "up5k", "ecp5-85"]))
    # A slow clock and a fast one: the shortest pipeline and the longest.
    clock_mhz = float(rng.choice([24.0, 100.0]))
    design = make_design(
        model, device=device, folding=(folding, "random folding"), clock_mhz=clock_mhz
    )
    return design.with_plan(size_buffers(design.plan))


def random_folding(
    network: IntegerNetwork, rng: np.random.Generator, outside: bool | None = None
) -> dict[str, Any]:
    """Entries of a folding file; in a third of all, weights of some layers stay, or come in.

    With ``outside`` in all, where they can; without, if it is not None, in none.
    """
    entries = {}
    outside = rng.random() < 1 / 3 if outside is None else outside
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
        wide = not (stage.in_element.bipolar or stage.weight_element.bipolar)
        if wide and rng.random() < 1 / 2:
            entries[stage.name]["products"] = "logic"
        if outside and not stage.depthwise and rng.random() < 2 / 3:
            entries[stage.name] |= _outside(stage, rng)
        bits = stage_index_bits(stage)
        words = stage.weights.size // (entries[stage.name]["pe"] * entries[stage.name]["simd"])
        inside = entries[stage.name].get("storage") != "external"
        if bits is not None and words > 1 and inside and rng.random() < 1 / 2:
            entries[stage.name]["codebook"] = bits
    return entries


def _outside(stage: Matrix, rng: np.random.Generator) -> dict[str, Any]:
    """Where weights lie outside, or stay for some rows of pixels, or both."""
    height, width, _ = stage.out_shape
    rows = [n for n in _divisors(height) if n * width >= LEAST_HOLD]
    if not rows or rng.random() < 1 / 4:
        return {"storage": "external", "rows": 0}
    simd = int(rng.choice(_divisors(stage.weights.shape[3])))
    entry = {"taps": [1, 1], "m": [1, 1], "simd": simd, "rows": int(rng.choice([*rows, height]))}
    return entry | ({"storage": "external"} if rng.random() < 3 / 4 else {})


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]
