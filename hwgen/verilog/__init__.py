"""Verilog as text: what Amaranth writes made into what a build has, and read back."""
