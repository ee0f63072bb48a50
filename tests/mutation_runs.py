"""Imports many spoilt graphs, each in a process of its own: how each ended, how long and large.

``python tests/mutation_runs.py FIRST COUNT SEED`` prints a line of JSON for each. The processes are
forks of one that has imported everything, so that their time and memory are those of the file.
"""

import importlib
import json
import os
import resource
import signal
import sys
import tempfile
import traceback
from pathlib import Path
from typing import Any

import numpy as np

ROOT = Path(__file__).parents[1]
SECONDS = 60
BYTES = 4 << 30


def originals(folder: Path) -> list[bytes]:
    """Graphs to be spoilt: random ones of all layers, and the public ones where they are."""
    random_graph = importlib.import_module("qonnx_random").random_graph
    made = [random_graph(seed).save(folder).read_bytes() for seed in range(12)]
    public = sorted((ROOT.parent / "shared/data/models/public").glob("*.onnx"))
    return [*made, *(path.read_bytes() for path in public)]


def end(data: bytes, folder: Path) -> dict[str, Any]:
    """How an import ends that is run here."""
    hostile_runs = importlib.import_module("hostile_runs")
    (folder / "net.onnx").write_bytes(data)
    ended = hostile_runs.run(["hwgen", "import", "net.onnx", "-o", "out.json"], folder)
    return {"code": ended.code, "faults": ended.faults, "errors": ended.errors}


def run(data: bytes, folder: Path) -> dict[str, Any]:
    """The same in a fork, with what it took."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        signal.alarm(SECONDS)
        try:
            found = end(data, folder)
        except BaseException as error:
            found = {"code": None, "faults": traceback.format_exception(error)[-3:], "errors": []}
        with os.fdopen(writer, "w") as pipe:
            json.dump(found, pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    _, status, took = os.wait4(child, 0)
    found = json.loads(text) if text else {"code": None, "faults": [f"died, {status}"],
                                           "errors": []}  # fmt: skip
    seconds = took.ru_utime + took.ru_stime
    return {**found, "seconds": seconds, "megabytes": took.ru_maxrss // 1024}


def main(first: int, count: int, seed: int) -> None:
    """Run cases ``first`` to ``first + count``, and print how each ended."""
    mutate = importlib.import_module("onnx_mutations").mutate
    # Loaded ahead of the forks, so that none of them pays for it.
    importlib.import_module("hostile_runs")
    importlib.import_module("onnx.reference")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        files = originals(folder)
        for number in range(first, first + count):
            rng = np.random.default_rng([seed, number])
            data = mutate(files[int(rng.integers(len(files)))], rng)
            print(json.dumps({"case": number, **run(data, folder)}), flush=True)
            (folder / "out.json").unlink(missing_ok=True)


if __name__ == "__main__":
    sys.path.append(str(ROOT))
    main(*map(int, sys.argv[1:]))
