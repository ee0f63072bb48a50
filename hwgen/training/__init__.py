"""Training of networks whose descriptions compute what was trained, to the bit; uses PyTorch."""
