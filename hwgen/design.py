"""A design: description, integer network and plan, one made from the other."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from math import inf
from pathlib import Path
from typing import Any

from hwgen.build_folder import BuildFolder
from hwgen.errors import FoldingError, ModelError, describe, located
from hwgen.families.devices import PARTS, find_device
from hwgen.model import Model, load_model
from hwgen.network import IntegerNetwork
from hwgen.passes import lower_network
from hwgen.plan.build import build_plan
from hwgen.plan.folding_file import parse_folding
from hwgen.plan.plan import LARGEST_BUFFER, Plan
from hwgen.plan.verify_plan import verify_plan
from hwgen.readers.json_object import read_json
from hwgen.search.code_books import choose_code_books
from hwgen.search.fit import NOTHING, fit_folding
from hwgen.search.foldings import choose_folding, least_cycles
from hwgen.search.fronts import Limits
from hwgen.search.products import choose_products
from hwgen.search.storage import choose_storage
from hwgen.search.wanted import ANYTHING, Wanted

__all__ = [
    "DEFAULT_CLOCK_MHZ",
    "MAX_CLOCK_MHZ",
    "Design",
    "load_design",
    "make_design",
    "read_object",
]

DEFAULT_CLOCK_MHZ = 24.0
"""Clock that frame rates are stated for unless another one is given."""

MAX_CLOCK_MHZ = 10_000

MAX_PAYLOAD_BITS = 65535
"""Of a stream: what Amaranth can write of one signal."""

MAX_CYCLES = 1 << 62
"""Cycles are counted in int64."""


@dataclass(frozen=True, eq=False)
class Design:
    """A description and what it was lowered and folded to.

    ``removed`` says which channels it was left without, as a manifest does; None where none was
    looked for, or none found.
    """

    model: Model
    network: IntegerNetwork
    plan: Plan
    removed: Mapping[str, Any] | None = None

    def with_plan(self, plan: Plan) -> "Design":
        """Design with another plan of the same network, such as one with other buffers."""
        return replace(self, plan=verify_plan(plan))


def make_design(
    model: Model,
    *,
    device: str = "generic",
    cycles: int | None = None,
    fps: float | None = None,
    folding: tuple[Mapping[str, Any], str] | None = None,
    clock_mhz: float = DEFAULT_CLOCK_MHZ,
    weights_interval: Fraction | int | None = None,
    progress: Callable[[str], object] = lambda step: None,
    wanted: Wanted = ANYTHING,
    kept_back: Limits = NOTHING,
) -> Design:
    """Lower, fold and lay out a description.

    Parameters
    ----------
    device : str
        One of `hwgen.families.devices.DEVICES`.
    cycles : int, optional
        Most cycles a frame.
    fps : float, optional
        Least frames a second at ``clock_mhz``.
    folding : (mapping, str), optional
        Contents of a folding file, and its name for messages.
        At most one of ``cycles``, ``fps`` and ``folding`` is given. With none the folding is the
        fastest that fits the device; without a device it aims at
        `hwgen.search.foldings.DEFAULT_LANES` lanes.
    clock_mhz : float
    weights_interval : Fraction or int, optional
    kept_back : Limits, optional
        As `hwgen.search.fit.fit_folding` has them.
    progress : callable
        Told how far the search of a folding is.
    wanted : Wanted
        What the search may choose from; with anything, ``device`` is a part and there is no
        ``folding``.

    Raises
    ------
    HwgenError
        For what cannot be built; names file, layer and constraint.
    """
    part = find_device(device)
    if sum(x is not None for x in (cycles, fps, folding)) > 1:
        raise FoldingError("only one of a cycle count, a frame rate and a folding can be given")
    if not 0 < clock_mhz < MAX_CLOCK_MHZ:
        raise FoldingError(f"clock must be between 0 and 10000 MHz, not {clock_mhz!r}")
    if fps is not None:
        if not 0 < fps < inf:
            raise FoldingError(f"--fps must be a positive number, not {fps!r}")
        cycles = int(min(clock_mhz * 1e6 / fps, MAX_CYCLES))
    elif cycles is not None and cycles < 1:
        raise FoldingError(f"cycles a frame must be positive, not {cycles!r}")
    if wanted != ANYTHING and folding is not None:
        raise FoldingError(
            f"{folding[1]}: has storage and products of each layer: with a folding there is no "
            "--storage and no --products"
        )
    if wanted != ANYTHING and part.lut4 is None:
        raise FoldingError(
            f"--storage and --products need --device {' | '.join(PARTS)}: they are a part's"
        )
    network = lower_network(model)
    if fps is not None and cycles is not None and cycles < (least := least_cycles(network)):
        raise FoldingError(
            f"{network.source}: --fps {fps:g} is more than the network can have: at most "
            f"{int(clock_mhz * 1e6 / least):,} frames a second at a clock of {clock_mhz:g} MHz, "
            f"as a frame takes {least:,} cycles or more"
        )
    if folding is not None:
        chosen = parse_folding(network, *folding)
    elif part.lut4 is None:
        chosen = choose_folding(network, cycles)
    else:
        chosen = fit_folding(
            network, part, cycles, clock_mhz, weights_interval, progress, wanted, kept_back
        )
    source = folding[1] if folding else network.source
    chosen = choose_products(network, chosen, part, source)
    chosen = choose_code_books(network, chosen, part, source)
    chosen = choose_storage(network, chosen, part, source)
    plan = build_plan(network, chosen, device=device, clock_mhz=clock_mhz)
    for stream in plan.streams:
        if stream.payload_bits > MAX_PAYLOAD_BITS:
            raise FoldingError(
                f"{network.source}: stream {stream.name!r} has words of {stream.payload_bits:,} "
                f"bits, but at most {MAX_PAYLOAD_BITS:,} are built"
            )
    return Design(model, network, plan)


def read_object(path: Path, what: str = "it") -> dict[str, Any]:
    """Read a file with a JSON object, such as a folding file.

    Raises
    ------
    ModelError
        If that cannot be; names the file.
    """
    with located(str(path)):
        return read_json(path, what)


def load_design(folder: Path) -> tuple[Design, dict[str, Any]]:
    """Design and manifest of a folder that `hwgen build` wrote.

    Raises
    ------
    ModelError
        If the folder is not one, or its files no longer belong together.
    """
    build = BuildFolder(folder)
    manifest = build.read_manifest()
    with located(str(build.manifest)):
        check_manifest(manifest)
    design = make_design(
        load_model(build.model),
        device=manifest["device"],
        folding=(read_object(build.folding), str(build.folding)),
        clock_mhz=float(manifest.get("clock_mhz") or DEFAULT_CLOCK_MHZ),
    )
    streams, buffers = _entries(manifest, "streams"), _entries(manifest, "buffers")
    plan = design.plan
    channels = len((manifest.get("scores") or {"scale": [1]})["scale"])
    sizes: dict[str, int] = {
        str(b.get("unit")): b["size"] for b in buffers if type(b.get("size")) is int
    }
    if (
        manifest["top"] != plan.name
        or plan.exit.transfers_per_frame % channels
        or [s.get("name") for s in streams] != [s.name for s in plan.streams]
        or list(sizes) != [b.unit for b in plan.buffers()]
        or not all(b.least <= sizes[b.unit] <= max(LARGEST_BUFFER, b.size) for b in plan.buffers())
    ):
        raise ModelError(f"{build.manifest}: belongs to another model or folding; build again")
    removed = manifest.get("removed")
    design = replace(design, removed=removed if isinstance(removed, dict) else None)
    return design.with_plan(plan.with_buffers(sizes)), manifest


def check_manifest(manifest: Mapping[str, Any]) -> None:
    """Refuse a manifest whose figures are not of the kind that commands read from it.

    Raises
    ------
    ModelError
        Names the key.
    """
    clock, scores, classes = (manifest.get(key) for key in ("clock_mhz", "scores", "classes"))
    cycles = [manifest.get(key) for key in ("latency_cycles", "interval_cycles")]
    good = {
        "device": isinstance(manifest.get("device"), str),
        "top": isinstance(manifest.get("top"), str),
        "clock_mhz": clock is None or _is_number(clock),
        "latency_cycles": type(cycles[0]) is int and 0 < cycles[0] < MAX_CYCLES,
        "interval_cycles": type(cycles[1]) is int and 0 < cycles[1] < MAX_CYCLES,
        "scores": scores is None or _is_scaling(scores),
        "classes": classes is None
        or (isinstance(classes, list) and all(isinstance(x, str) for x in classes)),
    }
    for key, right in good.items():
        if not right:
            raise ModelError(
                f"{key} must not be {describe(manifest.get(key))}; run `hwgen build` again"
            )


def _is_scaling(scores: object) -> bool:
    """Whether these are numbers for each channel, as many offsets as scales."""
    if not isinstance(scores, dict):
        return False
    scale, offset = scores.get("scale"), scores.get("offset")
    return (
        isinstance(scale, list)
        and isinstance(offset, list)
        and 0 < len(scale) == len(offset)
        and all(_is_number(x) for x in (*scale, *offset))
    )


def _is_number(value: object) -> bool:
    return type(value) in (int, float)


def _entries(manifest: Mapping[str, Any], key: str) -> list[dict[str, Any]]:
    """Objects of a list in the manifest; none where it is no list."""
    found = manifest.get(key)
    return [x for x in found if isinstance(x, dict)] if isinstance(found, list) else []
