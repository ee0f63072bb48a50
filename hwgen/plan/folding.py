"""Folding: output lanes, input lanes and shared pixels of each matrix stage."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import ceil, prod

from hwgen.errors import FoldingError
from hwgen.network import IntegerNetwork, Matrix, Pool

__all__ = [
    "Folding",
    "check_output",
    "choose_folding",
    "folding_options",
    "fusable_pool",
    "least_cycles",
    "matrix_cycles",
    "parse_folding",
    "patch_of",
]

Pair = tuple[int, int]

STORAGES = ("constant", "memory", "spram")
"""Where weights can lie: wired in (one word), in memory of the bitstream, in SPRAM."""

KEYS = ("pe", "simd", "m", "taps", "storage")
"""Of an entry of a folding file."""

LARGEST_SIMD = 576
"""Input lanes that a search goes up to: wider counts take long to lay out, and have no clock."""

DEFAULT_LANES = 512
"""XNOR lanes that a build without a rate aims at: a part with some 5,000 LUT4 holds them."""


@dataclass(frozen=True)
class Folding:
    """``pe`` output lanes; ``taps`` times ``group`` input lanes; a ``block`` of output pixels.

    ``group`` are the channels of an input word; where ``depthwise``, ``pe`` of them, and each
    output lane reads the taps of its own.

    ``storage`` is where the weights lie, one of `STORAGES`; None leaves it to the device.
    """

    pe: int
    group: int
    taps: Pair = (1, 1)
    block: Pair = (1, 1)
    storage: str | None = None
    depthwise: bool = False

    @property
    def simd(self) -> int:
        """Input lanes of each output lane."""
        return self.taps[0] * self.taps[1] * (1 if self.depthwise else self.group)

    @property
    def m(self) -> int:
        """Output pixels that share one weight read."""
        return self.block[0] * self.block[1]

    def as_json(self) -> dict[str, object]:
        """Entry of a folding file."""
        entry: dict[str, object] = {
            "pe": self.pe,
            "simd": self.simd,
            "taps": list(self.taps),
            "m": list(self.block),
        }
        return entry if self.storage is None else entry | {"storage": self.storage}


def fusable_pool(network: IntegerNetwork, stage: Matrix) -> Pool | None:
    """Pool stage right behind a matrix stage that its unit can take in."""
    pool = network.following(stage.name)
    if not isinstance(pool, Pool) or stage.thresholds is None or pool.window != pool.stride:
        return None
    if any(pool.padding):
        return None
    if network.readers(stage.name) != (pool,):
        return None
    overhangs = any(
        o * w > i for o, w, i in zip(pool.out_shape, pool.window, pool.in_shape, strict=False)
    )
    return None if overhangs else pool


def blocks_of(stage: Matrix, pool: Pool | None, block: Pair) -> Pair:
    """Blocks of output pixels that the stage computes: rows, columns."""
    if pool is not None and block == pool.window:
        return pool.out_shape[0], pool.out_shape[1]
    return stage.out_shape[0] // block[0], stage.out_shape[1] // block[1]


def patch_of(stage: Matrix, folding: Folding) -> Pair:
    """Rows and columns of the inputs that a folded stage reads at once."""
    rows, columns = (
        stride * (pixels - 1) + dilation * (taps - 1) + 1
        for stride, pixels, dilation, taps in zip(
            stage.stride, folding.block, stage.dilation, folding.taps, strict=True
        )
    )
    return rows, columns


def matrix_cycles(stage: Matrix, pool: Pool | None, folding: Folding) -> int:
    """Cycles a frame that the folded stage needs: patches read, or words written if more."""
    blocks = blocks_of(stage, pool, folding.block)
    groups = stage.in_shape[2] // folding.group
    taps = prod(k // t for k, t in zip(stage.weights.shape[1:3], folding.taps, strict=True))
    repeats = 1 if stage.depthwise else stage.weights.shape[0] // folding.pe
    reads = prod(blocks) * taps * groups * repeats
    return max(reads, stage.in_shape[0] * stage.in_shape[1] * groups)


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
            (matrix_cycles(stage, pool, f), _cost(stage, pool, f), f)
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


def _divisors(n: int) -> list[int]:
    return [d for d in range(1, n + 1) if n % d == 0]


def folding_options(stage: Matrix, pool: Pool | None) -> Iterator[Folding]:
    """Foldings to choose from: kernels, their rows or single taps; a pool's window as a block."""
    outputs, ky, kx, channels = stage.weights.shape
    blocks = [(1, 1)] + ([pool.window] if pool else [])
    for taps in sorted({(1, 1), (1, kx), (ky, kx)}):
        for block in blocks:
            for group in _divisors(channels):
                for pe in _divisors(outputs):
                    words_of = pe if stage.depthwise else group
                    yield Folding(pe, words_of, taps, block, depthwise=stage.depthwise)


def _cost(stage: Matrix, pool: Pool | None, f: Folding) -> float:
    """Rough LUT4 of a folded stage: only the order of the options matters here."""
    patch_pixels = prod(patch_of(stage, f))
    bits = stage.in_element.bits
    lane = 2.7 if stage.in_element.bipolar else bits + 1.0
    if not stage.weight_element.bipolar:
        lane = stage.weight_bits * (1.0 if stage.in_element.bipolar else bits) + 2.0
    acc = (stage.acc_max - stage.acc_min).bit_length()
    lanes = f.pe * f.simd * f.m * lane + f.pe * f.m * 2 * acc
    memory = f.pe * f.simd * stage.weight_bits * 0.5
    window = patch_pixels * (20 + 2 * f.group * bits * (patch_pixels > 1))
    # A pool of its own takes another line buffer.
    apart = 200 if pool and pool.window != f.block else 0
    return lanes + memory + window + apart


def parse_folding(
    network: IntegerNetwork, entries: Mapping[str, object], source: str
) -> dict[str, Folding]:
    """Folding from a folding file: ``{layer: {"pe", "simd", "m", "taps", "storage"}}``.

    All keys are optional.

    ``m`` is a number of pixels (of the pool behind the layer, or else along a row) or [rows,
    columns]; ``taps`` says how the input lanes divide into kernel taps and channels where
    ``simd`` alone leaves that open. Whether ``storage`` suits the device is not checked here.

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
        raise refuse('must be an object with the keys "pe", "simd", "m", "taps" and "storage"')
    storage = entry.get("storage")
    if "storage" in entry and storage not in STORAGES:
        raise refuse(f"storage must be one of {', '.join(STORAGES)}, not {storage!r}")
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
    return Folding(pe, group, taps, block, storage, stage.depthwise)
