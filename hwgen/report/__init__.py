"""Texts and tables from manifests and results."""
