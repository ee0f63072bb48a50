"""Folding, and the layout of units and streams: numbers only, no hardware."""
