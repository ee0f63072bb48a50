"""ECP5 of Lattice."""
