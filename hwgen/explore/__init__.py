"""Sweeps over devices, rates and precisions: points, what each comes to, and where that is kept."""
