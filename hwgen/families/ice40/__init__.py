"""iCE40 of Lattice: LP, HX and UltraPlus."""
