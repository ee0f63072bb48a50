"""Points of a sweep: what a design is asked for, and the grid of all that are asked for."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from functools import cached_property, partial
from itertools import product

from hwgen.accounts.footprint import count_layers
from hwgen.compress.choose import coarse, fine
from hwgen.compress.exact import remove_channels
from hwgen.design import MAX_CLOCK_MHZ
from hwgen.errors import DeviceError, FoldingError, ModelError
from hwgen.explore.folding_file import FoldingFile
from hwgen.families.devices import PARTS
from hwgen.kept_results import digest_of
from hwgen.model import Model
from hwgen.passes import lower_network
from hwgen.passes.set_precision import set_precision
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.products import Products
from hwgen.plan.weight_storage import WeightStorage
from hwgen.search.wanted import Wanted
from hwgen.version import VERSION

__all__ = [
    "AS_DESCRIBED",
    "AUTO",
    "PRODUCTS",
    "STORAGES",
    "Network",
    "Point",
    "grid",
]

AS_DESCRIBED = "-"
"""Precision of a point that has that of the description."""

AUTO = "auto"
"""Storage or products of a point that leaves them to the search."""

STORAGES, PRODUCTS = tuple(map(str, WeightStorage)), tuple(map(str, Products))
"""Other words for these, as in folding files."""

WIDE, NARROW = "C", "B"

KEY_DIGITS = 32


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

    def check_folding(self, folding: FoldingFile) -> None:
        """Refuse a folding file that suits neither the network nor what builds make of it.

        Raises
        ------
        FoldingError
            Names file, layer and constraint.
        """
        try:
            parse_folding(lower_network(self.model), *folding.entries)
        except FoldingError:
            # Builds leave out channels that change nothing, in one of these ways.
            for choice in (coarse, fine):
                with suppress(FoldingError):
                    leaner, _ = remove_channels(self.model, choice)
                    parse_folding(lower_network(leaner), *folding.entries)
                    return
            raise


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
        Least frames a second at the clock; None for the fastest folding that fits, or where there
        is a folding file.
    bits : str
        `AS_DESCRIBED`, or a letter a layer with weights: B for 1 bit, C for ``wide_bits``.
    wide_bits : int
    storage, products : str
        Where weights of all layers lie, and what multiplies in them, in the words of folding files;
        `AUTO` leaves it to the search, or to the folding file.
    folding : FoldingFile or None
    """

    network: str
    device: str
    clock_mhz: float
    fps: float | None
    bits: str = AS_DESCRIBED
    wide_bits: int = 16
    storage: str = AUTO
    products: str = AUTO
    folding: FoldingFile | None = None

    @cached_property
    def key(self) -> str:
        """Digest of the point and of the version that computes it; what a store knows it by.

        A folding file counts by what is in it.
        """
        folding = None if self.folding is None else self.folding.text
        return digest_of((VERSION, asdict(replace(self, folding=None)), folding))[:KEY_DIGITS]

    @property
    def wanted(self) -> Wanted:
        """What the search may choose from.

        Raises
        ------
        FoldingError
            For a word that there is not.
        """
        return Wanted.of(*(None if x == AUTO else x for x in (self.storage, self.products)))


def grid(
    networks: Sequence[Network],
    devices: Sequence[str],
    rates: Sequence[float | None],
    clocks: Sequence[float],
    mixes: Sequence[str],
    wide_bits: int,
    storages: Sequence[str] = (AUTO,),
    products: Sequence[str] = (AUTO,),
    foldings: Sequence[FoldingFile] = (),
) -> list[Point]:
    """All points, a network after another, each device from the lowest rate on.

    Rates are combined with storages and products; folding files, which have these in them, are not.

    Raises
    ------
    HwgenError
        For a device, a clock, a rate, a mix, a storage or products that there cannot be, and for a
        folding file that does not suit a network; names it.
    """
    if not rates and {*storages, *products} != {AUTO}:
        raise ModelError(
            "--storage and --products go with rates: a folding file has its own; give --fps too"
        )
    _check_words("--storage", storages, STORAGES)
    _check_words("--products", products, PRODUCTS)
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
        for folding in foldings:
            network.check_folding(folding)
        for device, mix, clock in product(devices, mixes, clocks):
            about = partial(Point, network.digest, device, clock, bits=mix, wide_bits=wide_bits)
            for rate, *kinds in product(ordered, storages, products):
                found[about(rate, storage=kinds[0], products=kinds[1])] = None
            for folding in foldings:
                found[about(None, folding=folding)] = None
    return list(found)


def _check_words(option: str, words: Sequence[str], others: Sequence[str]) -> None:
    for word in words:
        if word not in (AUTO, *others):
            raise ModelError(f"{option} must be {AUTO} or {' or '.join(others)}, not {word!r}")


def _check_mix(network: Network, mix: str) -> None:
    layers = network.layers
    if mix != AS_DESCRIBED and (len(mix) != len(layers) or set(mix) - {WIDE, NARROW}):
        raise ModelError(
            f"{network.model.source or network.name}: --bits must be {len(layers)} letters B or C, "
            f"one for each of {', '.join(layers)}, not {mix!r}"
        )
