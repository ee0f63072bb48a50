"""Binarised neural networks to proven Verilog for small FPGAs."""
