"""Descriptions made smaller: one pass a file, each from a model to a model and a report."""
