"""Models in Verilog of the parts that stand beside an FPGA on a board."""
