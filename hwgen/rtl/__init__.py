"""Hardware: one Amaranth component per file, each usable alone.

Components take plain integers and arrays, never the model; their streams and the cycle of each
transfer follow ``docs/contracts.md``.
"""
