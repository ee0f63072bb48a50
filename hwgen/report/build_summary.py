"""What a build or a verification came to, as text for a terminal."""

from collections.abc import Iterator, Mapping
from typing import Any

from rich.table import Table

from hwgen.plan.weight_storage import WeightStorage
from hwgen.report.amounts import bytes_text, rate_text
from hwgen.report.resources import resource_lines

__all__ = ["build_lines", "layer_table"]


def layer_table(manifest: Mapping[str, Any]) -> Table:
    """Folding and cycles of each layer."""
    table = Table(box=None, padding=(0, 2, 0, 0), header_style="bold")
    for column, right in (
        ("layer", False), ("kind", False), ("PE", True), ("SIMD", True), ("M", True),
        ("weight bits", True), ("cycles/frame", True), ("busy", True),
    ):  # fmt: skip
        table.add_column(column, justify="right" if right else "left", no_wrap=True)
    interval = manifest["interval_cycles"]
    for layer in manifest["layers"]:
        fused = layer["cycles"] == 0
        matrix = layer["simd"] > 0
        table.add_row(
            layer["name"],
            layer["kind"].removesuffix("_conv2d"),
            str(layer["pe"]) if matrix else "",
            str(layer["simd"]) if matrix else "",
            str(layer["m"]) if matrix else "",
            f"{layer['weight_bits']:,}" if matrix else "",
            "fused" if fused else f"{layer['cycles']:,}",
            "" if fused else f"{layer['cycles'] / interval:.0%}",
        )
    return table


def build_lines(manifest: Mapping[str, Any]) -> list[str]:
    """Rate and latency in words."""
    clock = manifest["clock_mhz"]
    interval, latency = manifest["interval_cycles"], manifest["latency_cycles"]
    macs = manifest["macs"]
    loaded = [x["name"] for x in manifest["layers"] if x["weight_storage"] == WeightStorage.SPRAM]
    return [
        f"{interval:,} cycles a frame: {clock * 1e6 / interval:,.1f} frames/s at {clock:g} MHz",
        f"{latency:,} cycles from first pixel to last score: {latency / clock:,.1f} us",
        f"{sum(b['bits'] for b in manifest['buffers']):,} bits of line buffers and FIFOs",
        f"{macs:,} MAC a frame, {manifest['binary_macs']:,} of them 1-bit: "
        f"{macs / interval:,.0f} a cycle",
        *resource_lines(manifest["device"], manifest["resources"]),
        *_removed(manifest),
        *([f"weights of {', '.join(loaded)} in SPRAM, to be loaded at boot"] if loaded else []),
        *_outside(manifest),
    ]


def _removed(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Channels that were left out, as they change nothing."""
    removed = manifest.get("removed", {"layers": []})
    layers = [x for x in removed["layers"] if x["left"] < x["channels"]]
    if layers:
        gone = sum(x["channels"] - x["left"] for x in layers)
        saved = removed["weight_bits"] - removed["weight_bits_left"]
        where = layers[0]["name"] if len(layers) == 1 else f"{len(layers):,} layers"
        what = "channel" if gone == 1 else "channels"
        yield f"{gone:,} {what} of {where} left out: {saved:,} bits of weights"


def _outside(manifest: Mapping[str, Any]) -> Iterator[str]:
    """Weights that come in for each frame: how many of which layer, and what that takes."""
    weights = manifest.get("weights")
    if weights is None or not weights["packet_words"]:
        return
    for layer in manifest["layers"]:
        reads = layer.get("weight_reads")
        if reads is not None:
            often = "once" if reads == 1 else f"{reads:,} times"
            yield (
                f"weights of {layer['name']} from outside: {layer['weight_words']:,} words a "
                f"frame, each weight {often}"
            )
    rate = manifest["clock_mhz"] * 1e6 / manifest["interval_cycles"]
    for what, key in (
        ("weights from outside, a frame", "bytes_per_frame"),
        ("all through DRAM in 16 bits", "dram_bytes_per_frame"),
    ):
        yield f"{what}: {bytes_text(weights[key])}, {rate_text(weights[key] * rate)}"
