"""Networks as numbers: the talk's and one's own, and descriptions of them with random weights."""

from hwgen.topologies.switches import fitted
from hwgen.topologies.talk import find_topology, topology_names
from hwgen.topologies.topology import Conv, Grid, Precision, Topology
from hwgen.topologies.untrained import build_model

__all__ = [
    "Conv",
    "Grid",
    "Precision",
    "Topology",
    "build_model",
    "find_topology",
    "fitted",
    "topology_names",
]
