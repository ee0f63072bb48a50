"""Points of a sweep: what a design is asked for, and the grid of all that are asked for."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from itertools import product

from hwgen.accounts.footprint import count_layers
from hwgen.design import MAX_CLOCK_MHZ
from hwgen.errors import DeviceError, ModelError
from hwgen.families.devices import PARTS
from hwgen.kept_results import digest_of
from hwgen.model import Model
from hwgen.passes.set_precision import set_precision
from hwgen.version import VERSION

__all__ = ["AS_DESCRIBED", "Network", "Point", "grid"]

AS_DESCRIBED = "-"
"""Precision of a point that has that of the description."""

WIDE, NARROW = "C", "B"


@dataclass(frozen=True)
class Network:
    """A description in a sweep."""

    model: Model

    @cached_property
    def digest(self) -> str:
        """Digest of all that hardware and scores depend on."""
        return digest_of((self.model.input, self.model.layers))

    @property
    def name(self) -> str:
        """Name that tables have."""
        return self.model.name

    @cached_property
    def layers(self) -> tuple[str, ...]:
        """Names of the layers that have a letter each in a mix."""
        return tuple(row.name for row in count_layers(self.model) if row.matrix)

    def in_precision(self, bits: str, wide_bits: int) -> Model:
        """Description whose layers have the bits of a mix; see `hwgen.passes.set_precision`."""
        if bits == AS_DESCRIBED:
            return self.model
        letters = zip(self.layers, bits, strict=True)
        return set_precision(self.model, {n: 1 if x == NARROW else wide_bits for n, x in letters})


@dataclass(frozen=True)
class Point:
    """A design that is asked for.

    Parameters
    ----------
    network : str
        Digest of the description.
    device : str
    clock_mhz : float
    fps : float or None
        Least frames a second at the clock; None for the fastest folding that fits.
    bits : str
        `AS_DESCRIBED`, or a letter a layer with weights: B for 1 bit, C for ``wide_bits``.
    wide_bits : int
    """

    network: str
    device: str
    clock_mhz: float
    fps: float | None
    bits: str = AS_DESCRIBED
    wide_bits: int = 16

    @cached_property
    def key(self) -> str:
        """Digest of the point and of the version that computes it; what a store knows it by."""
        return digest_of((VERSION, asdict(self)))[:32]


def grid(
    networks: Sequence[Network],
    devices: Sequence[str],
    rates: Sequence[float | None],
    clocks: Sequence[float],
    mixes: Sequence[str],
    wide_bits: int,
) -> list[Point]:
    """All points, a network after another, each device from the lowest rate on.

    Raises
    ------
    HwgenError
        For a device, a clock, a rate or a mix that there cannot be; names it.
    """
    for device in devices:
        if device not in PARTS:
            raise DeviceError(f"--device must be one of {', '.join(PARTS)}, not {device!r}")
    for clock in clocks:
        if not 0 < clock < MAX_CLOCK_MHZ:
            raise ModelError(f"--clock-mhz must be between 0 and {MAX_CLOCK_MHZ}, not {clock:g}")
    for rate in rates:
        if rate is not None and not 0 < rate < float("inf"):
            raise ModelError(f"--fps must be a positive number, not {rate:g}")
    found: dict[Point, None] = {}
    for network in networks:
        for mix in mixes:
            _check_mix(network, mix)
        # No rate asked for is the fastest.
        ordered = sorted(set(rates), key=lambda rate: rate or float("inf"))
        for device, mix, clock, rate in product(devices, mixes, clocks, ordered):
            found[Point(network.digest, device, clock, rate, mix, wide_bits)] = None
    return list(found)


def _check_mix(network: Network, mix: str) -> None:
    layers = network.layers
    if mix != AS_DESCRIBED and (len(mix) != len(layers) or set(mix) - {WIDE, NARROW}):
        raise ModelError(
            f"{network.model.source or network.name}: --bits must be {len(layers)} letters B or C, "
            f"one for each of {', '.join(layers)}, not {mix!r}"
        )
