"""Small networks with every ending that there is, and all foldings of a network."""

from collections.abc import Callable, Iterator
from itertools import product
from math import prod
from typing import Any

import numpy as np

from hwgen.model import Affine, Builder, Model
from hwgen.network import IntegerNetwork
from hwgen.plan.folding import fusable_pool

__all__ = ["ENDINGS", "all_foldings", "ending"]

Net = Callable[[Builder, np.random.Generator], Builder]


def signs(rng: np.random.Generator, *shape: int) -> Any:
    """Random -1/+1 weights."""
    return rng.choice([-1, 1], shape).astype(np.int8)


def numbers(rng: np.random.Generator, *shape: int) -> Any:
    """Random weights of 4 bits."""
    return rng.integers(-8, 8, shape).astype(np.int8)


def grid(net: Builder, rng: np.random.Generator, channels: int = 3) -> Builder:
    """Sums of several pixels."""
    return net.sign().conv2d(signs(rng, channels, 1, 2, 2))


def sums(net: Builder, rng: np.random.Generator, count: int = 5) -> Builder:
    """Sums of one pixel."""
    return net.sign().flatten().dense(signs(rng, count, 6))


def large(net: Builder, rng: np.random.Generator) -> Builder:
    """Sums of one pixel that fill 16 bits."""
    return net.flatten().dense(numbers(rng, 4, 6), weight_bits=4)


def normed(net: Builder, gamma: Any, mean: Any = 0, beta: Any = 0) -> Builder:
    """Batch normalisation whose root is rational."""
    return net.batch_norm(gamma, beta, mean, 4.0, 0.0)


def parted(net: Builder, rng: np.random.Generator) -> list[str]:
    """Bits of two pixels, and a rounded sum beside them."""
    grid(net, rng, 2).sign("bits")
    net.conv2d(signs(rng, 2, 1, 1, 2), "side").quantise(3, signed=True, fraction_bits=1, name="q")
    return ["bits", "q"]


def quantised(start: Net, bits: int, *, signed: bool, fraction_bits: int = 0) -> Net:
    """What a start gives, rounded."""
    return lambda net, rng: start(net, rng).quantise(
        bits, signed=signed, fraction_bits=fraction_bits
    )


ENDINGS: dict[str, Net] = {
    "sums": sums,
    "sums_of_16_bits": large,
    "sums_of_a_grid": grid,
    "sums_of_a_flattened_grid": lambda n, r: grid(n, r).flatten(),
    "one_sum": lambda n, r: sums(n, r, 1),
    "norm": lambda n, r: normed(sums(n, r), 3.0, 1.0, 0.5),
    "norm_that_falls": lambda n, r: normed(sums(n, r), -1.0, 2.0, 1.0),
    "norm_of_each_channel": lambda n, r: normed(sums(n, r), [1.0, -2.0, 0.5, 3.0, 1.0], 2.0),
    "norm_of_nothing": lambda n, r: normed(sums(n, r), 0.0, 0.0, 0.25),
    "sign": lambda n, r: sums(n, r).sign(),
    "sign_of_one": lambda n, r: sums(n, r, 1).sign(),
    "sign_of_a_norm": lambda n, r: normed(sums(n, r), [1.0, -1.0, 2.0, 0.0, -3.0], 0.5).sign(),
    "sign_of_a_grid": lambda n, r: grid(n, r).sign(),
    "sign_of_a_flattened_grid": lambda n, r: grid(n, r).sign().flatten(),
    "sign_of_pixels": lambda n, r: n.sign(),
    "quantise_1": quantised(sums, 1, signed=False),
    "quantise_2_signed": quantised(sums, 2, signed=True),
    "quantise_5_signed": quantised(sums, 5, signed=True, fraction_bits=1),
    "quantise_8": quantised(large, 8, signed=False),
    "quantise_8_signed": quantised(large, 8, signed=True),
    "quantise_9": quantised(large, 9, signed=False, fraction_bits=2),
    "quantise_9_signed": quantised(large, 9, signed=True),
    "quantise_16": quantised(large, 16, signed=False, fraction_bits=3),
    "quantise_16_signed": quantised(large, 16, signed=True, fraction_bits=4),
    "quantise_of_a_grid": quantised(grid, 3, signed=True),
    "quantise_of_pixels": lambda n, r: n.quantise(8, signed=False),
    "relu": lambda n, r: normed(grid(n, r), 1.0, -1.0).relu().quantise(4, signed=True),
    "max_pool_of_signs": lambda n, r: grid(n, r).sign().max_pool((1, 2)),
    "max_pool_of_numbers": lambda n, r: grid(n, r).quantise(3, signed=True).max_pool((1, 2)),
    "max_pool_of_sums": lambda n, r: normed(grid(n, r), [1.0, -1.0, 2.0]).max_pool((1, 2)),
    "max_pool_of_pixels": lambda n, r: n.max_pool((1, 2), stride=1),
    "average_pool_of_signs": lambda n, r: grid(n, r).sign().average_pool((1, 2)),
    "average_pool_of_numbers": lambda n, r: n.quantise(8, signed=False).average_pool((1, 3)),
    "add": lambda n, r: n.add(parted(n, r)),
    "add_sign": lambda n, r: n.add(parted(n, r)).sign(),
    "concat": lambda n, r: n.concat(parted(n, r)),
    "concat_quantise": lambda n, r: n.concat(parted(n, r)).quantise(4, signed=True),
}
"""What a network of pictures of 1 x 3 pixels of 2 channels goes on with."""


def ending(name: str, number: int) -> Model:
    """The network with an ending; ``number`` makes the names of its modules its own."""
    rng = np.random.default_rng(number)
    start = Builder(f"end{number}", height=1, width=3, channels=2, transform=TRANSFORMS.get(name))
    return ENDINGS[name](start, rng).build()


TRANSFORMS = {
    name: None if name.endswith(("_of_16_bits", "of_pixels", "numbers", "_8", "_8_signed", "_9",
                                 "_9_signed", "_16", "_16_signed")) and name != "sign_of_pixels"
    else Affine(1, -128)
    for name in ENDINGS
}  # fmt: skip
"""Pixels around zero where a sign reads them."""


def all_foldings(network: IntegerNetwork) -> Iterator[dict[str, Any]]:
    """Every folding file that divides: output and input lanes, taps and blocks of each layer."""
    choices = {}
    for stage in network.matrices.values():
        outputs, ky, kx, channels = stage.weights.shape
        pool = fusable_pool(network, stage)
        blocks = set(product(_divisors(stage.out_shape[0]), _divisors(stage.out_shape[1])))
        blocks |= {pool.window} if pool else set()
        choices[stage.name] = [
            {"pe": pe, "simd": group * prod(taps), "taps": list(taps), "m": list(block)}
            for pe in _divisors(outputs)
            for group in _divisors(channels)
            for taps in product(_divisors(ky), _divisors(kx))
            for block in sorted(blocks)
        ]
    for entries in product(*choices.values()):
        yield dict(zip(choices, entries, strict=True))


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]
