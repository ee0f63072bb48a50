"""Boards: clock, reset, pins and host link around a design, and the host's side of the link."""
