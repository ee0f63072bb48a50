"""Files beside a build's Verilog for who puts it into a design of their own."""
