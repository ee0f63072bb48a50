"""Binarised neural networks to proven Verilog for small FPGAs."""

__version__ = "0.1.0"
