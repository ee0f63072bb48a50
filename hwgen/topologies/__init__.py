"""Networks as numbers: the talk's and one's own, and descriptions of them with random weights."""

from hwgen.topologies.switches import (
    deeper,
    fitted,
    residual,
    wide_first,
    wider,
    with_last_bits,
)
from hwgen.topologies.talk import find_topology, topology_names
from hwgen.topologies.topology import Conv, Grid, Precision, Topology
from hwgen.topologies.topology_file import read_topology
from hwgen.topologies.untrained import build_model

__all__ = [
    "Conv",
    "Grid",
    "Precision",
    "Topology",
    "build_model",
    "deeper",
    "find_topology",
    "fitted",
    "read_topology",
    "residual",
    "topology_names",
    "wide_first",
    "wider",
    "with_last_bits",
]
