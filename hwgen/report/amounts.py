"""Amounts of memory for a reader."""

from hwgen.accounts.memory_traffic import MemoryTraffic

__all__ = ["bytes_text", "rate_text", "traffic_lines"]

UNITS = ((1e9, "GB"), (1e6, "MB"), (1e3, "KB"))
"""Powers of ten, as the talk has them."""


def bytes_text(number: int) -> str:
    """Bytes: "88 bytes", "737.3 KB"."""
    return _text(number) or ("1 byte" if number == 1 else f"{number:,} bytes")


def rate_text(rate: float) -> str:
    """Bytes a second: "88 bytes/s", "11.98 MB/s"."""
    return f"{_text(rate) or f'{rate:,.4g} bytes'}/s"


def traffic_lines(found: MemoryTraffic) -> list[str]:
    """What a design reads of each of its memories for a frame."""
    kinds = (("memory", found.memory), ("SPRAM", found.spram), ("outside", found.outside))
    weights = ", ".join(f"{bytes_text(n)} from {kind}" for kind, n in kinds if n)
    return [
        f"weights read a frame: {weights or 'none, all are wired'}",
        f"activations read a frame: {bytes_text(found.line_buffers)} from line buffers",
    ]


def _text(number: float) -> str | None:
    """In the largest unit of which there is one at least; None where there is none."""
    return next((f"{number / size:,.4g} {unit}" for size, unit in UNITS if number >= size), None)
