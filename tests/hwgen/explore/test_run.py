"""Points computed by several processes and by a cluster, some of which die."""

import os
import signal
from pathlib import Path

import pytest

from hwgen.errors import ToolError
from hwgen.explore.points import AS_DESCRIBED, Network, grid
from hwgen.explore.run import run_here, run_on_cluster
from hwgen.model import load_model

TINY = Network(load_model(Path(__file__).parents[3] / "models" / "tiny.json"))
NETWORKS = {TINY.digest: TINY}
POINTS = grid([TINY], ["up5k", "hx1k"], [30.0, 1e5, None], [24.0], [AS_DESCRIBED], 16)


def figures(rows):
    return {row.key: (row.interval_cycles, row.logic_cells, row.folding) for row in rows}


ALONE = figures(run_here(NETWORKS, POINTS, 1))


def test_two_processes_find_what_one_finds():
    assert figures(run_here(NETWORKS, POINTS, 2)) == ALONE
    assert len(ALONE) == len(POINTS)


def test_a_point_without_a_design_is_a_row_that_says_why():
    (point,) = grid([TINY], ["up5k"], [1e9], [24.0], [AS_DESCRIBED], 16)
    (row,) = run_here(NETWORKS, [point], 1)
    assert row.problem is not None
    assert "--fps 1e+09 is more than the network can have" in row.problem
    assert row.logic_cells is row.frames_per_second is None


@pytest.mark.filterwarnings("default")  # of what dies here
def test_a_cluster_that_loses_a_worker_loses_no_point():
    distributed = pytest.importorskip("distributed", reason="needs dask.distributed")
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, host="127.0.0.1", dashboard_address=None
    ) as cluster:
        found = []
        for row in run_on_cluster(NETWORKS, POINTS, cluster.scheduler_address):
            if not found:
                os.kill(next(iter(cluster.workers.values())).pid, signal.SIGKILL)
            found.append(row)
    assert len(found) == len(POINTS)
    assert figures(found) == ALONE


def test_a_cluster_that_is_not_there_is_named():
    pytest.importorskip("distributed", reason="needs dask.distributed")
    address = "tcp://127.0.0.1:9"
    with pytest.raises(ToolError, match=rf"^--scheduler: no Dask scheduler answers at {address}$"):
        list(run_on_cluster(NETWORKS, POINTS, address))
    with pytest.raises(ToolError, match=r"^--scheduler: no Dask scheduler answers at nonsense:x$"):
        list(run_on_cluster(NETWORKS, POINTS, "nonsense:x"))
