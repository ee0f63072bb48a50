"""The folding file: what a user asks for, read and checked against the network."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from enum import StrEnum
from math import prod
from typing import TypeVar

from hwgen.errors import FoldingError
from hwgen.network import IntegerNetwork, Matrix, Pool
from hwgen.plan.folding import LEAST_HOLD, Folding, fusable_pool
from hwgen.plan.products import Products
from hwgen.plan.weight_storage import WeightStorage

__all__ = ["parse_folding"]

Pair = tuple[int, int]

Choice = TypeVar("Choice", bound=StrEnum)

KEYS = ("pe", "simd", "m", "taps", "storage", "products", "codebook", "rows")
"""Of an entry of a folding file."""


def parse_folding(
    network: IntegerNetwork, entries: Mapping[str, object], source: str
) -> dict[str, Folding]:
    """Folding from a folding file: ``{layer: {"pe", "simd", ...}}``, see `KEYS`.

    All keys are optional.

    ``m`` is a number of pixels (of the pool behind the layer, or else along a row) or [rows,
    columns]; ``taps`` says how the input lanes divide into kernel taps and channels where
    ``simd`` alone leaves that open. ``rows`` are output rows for which each weight word stays,
    where it is not read again for each block of pixels. Whether ``storage`` and ``products``
    suit the device, and ``codebook`` the weights, is not checked here.

    Raises
    ------
    FoldingError
        If something does not divide; names file, layer and constraint.
    """
    unknown = sorted(set(entries) - set(network.matrices))
    if unknown:
        raise FoldingError(f"{source}: layer {unknown[0]!r}: the network has no such matrix layer")
    return {
        name: _parse_entry(stage, fusable_pool(network, stage), entries.get(name, {}), source)
        for name, stage in network.matrices.items()
    }


def _parse_entry(stage: Matrix, pool: Pool | None, entry: object, source: str) -> Folding:
    def refuse(why: str) -> FoldingError:
        return FoldingError(f"{source}: layer {stage.name!r}: {why}")

    if not isinstance(entry, dict) or set(entry) - set(KEYS):
        keys = ", ".join(f'"{key}"' for key in KEYS[:-1])
        raise refuse(f'must be an object with the keys {keys} and "{KEYS[-1]}"')

    def choice(key: str, kind: type[Choice]) -> Choice | None:
        if key not in entry:
            return None
        found = next((known for known in kind if known == entry[key]), None)
        if found is None:
            raise refuse(f"{key} must be one of {', '.join(kind)}, not {entry[key]!r}")
        return found

    storage = choice("storage", WeightStorage)
    outputs, ky, kx, channels = stage.weights.shape

    def number(key: str) -> int:
        value = entry.get(key, 1)
        if not isinstance(value, int) or isinstance(value, bool) or value < 1:
            raise refuse(f"{key} must be a positive integer, not {value!r}")
        return value

    def pair(key: str) -> Pair:
        value = entry[key]
        if (
            not isinstance(value, list)
            or len(value) != 2
            or not all(isinstance(v, int) and not isinstance(v, bool) and v > 0 for v in value)
        ):
            raise refuse(f"{key} must be [rows, columns], not {value!r}")
        return value[0], value[1]

    pe, simd = number("pe"), number("simd")
    if outputs % pe:
        raise refuse(f"pe must divide {outputs} output channels, not {pe}")
    if "taps" in entry:
        taps = pair("taps")
    else:
        fits = [
            t for t in ((1, 1), (1, kx), (ky, kx))
            if simd % prod(t) == 0 and channels % (simd // prod(t)) == 0
        ]  # fmt: skip
        if not fits and stage.depthwise:
            counts = sorted({1, kx, ky * kx})
            text = f"{', '.join(map(str, counts[:-1]))} or {counts[-1]}".removeprefix(" or ")
            raise refuse(f"simd must be {text} taps of a channel, not {simd}")
        if not fits:
            raise refuse(
                f"simd must divide {channels} input channels, or be whole kernel rows of such a "
                f"divisor, not {simd}"
            )
        taps = fits[0]
    if ky % taps[0] or kx % taps[1]:
        raise refuse(f"taps must divide the {ky}x{kx} kernel, not {taps[0]}x{taps[1]}")
    if stage.depthwise and simd != prod(taps):
        raise refuse(f"simd must be the {prod(taps)} taps of a channel, not {simd}")
    if simd % prod(taps) or channels % (simd // prod(taps)):
        raise refuse(
            f"simd must be {prod(taps)} taps times a divisor of {channels} channels, not {simd}"
        )
    if isinstance(entry.get("m"), list):
        block = pair("m")
    else:
        m = number("m")
        block = pool.window if pool and prod(pool.window) == m else (1, m)
    if not (pool and pool.window == block) and (
        stage.out_shape[0] % block[0] or stage.out_shape[1] % block[1]
    ):
        raise refuse(
            f"m must divide the {stage.out_shape[0]}x{stage.out_shape[1]} output pixels, "
            f"not {block[0]}x{block[1]}"
        )
    group = pe if stage.depthwise else simd // prod(taps)
    folding = Folding(pe, group, taps, block, storage, stage.depthwise)
    rows = _rows(stage, folding, entry, refuse)
    codebook = entry.get("codebook")
    if "codebook" in entry and (type(codebook) is not int or codebook < 0):
        raise refuse(f"codebook must be the bits of an index, or 0, not {codebook!r}")
    return replace(folding, rows=rows, products=choice("products", Products), codebook=codebook)


def _rows(
    stage: Matrix,
    folding: Folding,
    entry: Mapping[str, object],
    refuse: Callable[[str], FoldingError],
) -> int:
    """Output rows that a weight word stays for: all, where it comes from outside and can stay."""
    height, width, _ = stage.out_shape
    external = folding.storage == WeightStorage.EXTERNAL
    if external and stage.depthwise:
        raise refuse('storage must not be "external" for a depthwise layer: its weights are few')
    stays = folding.taps == (1, 1) == folding.block and not stage.depthwise
    if "rows" not in entry:
        return height if external and stays and height * width >= LEAST_HOLD else 0
    rows = entry["rows"]
    if not isinstance(rows, int) or isinstance(rows, bool) or rows < 0:
        raise refuse(f"rows must be an integer from 0, not {rows!r}")
    if not rows:
        return 0
    if not stays:
        raise refuse("rows must be 0 where taps or m are not 1x1, and for a depthwise layer")
    if height % rows or rows * width < LEAST_HOLD:
        raise refuse(
            f"rows must divide the {height} output rows and make at least {LEAST_HOLD} pixels, "
            f"not {rows}"
        )
    return rows
