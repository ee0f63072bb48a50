"""Parts that several benchmarks measure on."""

__all__ = ["LARGE"]

LARGE = "ecp5-85"
"""The largest that boards of the open tools have."""
