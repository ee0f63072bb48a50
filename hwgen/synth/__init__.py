"""Synthesis, placement and routing with open tools, and their reports."""
