"""From description to integer network: group the layers, fold picture and thresholds, lower."""

from hwgen.passes.lower_network import lower_network

__all__ = ["lower_network"]
