"""Benches that run the emitted Verilog under cocotb."""
