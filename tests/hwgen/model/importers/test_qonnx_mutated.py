"""Spoilt graphs end in one sentence, quickly and without much memory.

60 of them by default; HWGEN_MUTATED=1000 runs as many, holds time and memory to limits, and prints
what they were. Each runs in a process of its own.
"""

import json
import os
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

pytest.importorskip("onnx", reason="needs the package onnx")

TESTS = Path(__file__).parents[3]
COUNT = int(os.environ.get("HWGEN_MUTATED", "60"))
SEED = int(os.environ.get("HWGEN_MUTATED_SEED", "14"))
LONG = COUNT >= 1000
SECONDS = 2
MEGABYTES = 500

NAMES = re.compile(
    r"error: net\.onnx: (node '.*' \(.*\): .|"
    r"its |is a |is of |has |no node |no importer |must have )"
)
"""A sentence names a node, or is of the whole file."""


def faults(row):
    """What is wrong with how an import ended."""
    found = list(row["faults"])
    found += [line for line in row["errors"] if not NAMES.match(line)]
    if row["code"] not in (0, 2):
        found.append(f"exit code {row['code']}")
    if LONG and row["seconds"] > SECONDS:
        found.append(f"took {row['seconds']:.1f} s")
    if LONG and row["megabytes"] > MEGABYTES:
        found.append(f"took {row['megabytes']} MB")
    return found


def test_spoilt_graphs_end_in_a_sentence_that_names_a_node_or_the_fault_of_the_file():
    words = [sys.executable, str(TESTS / "mutation_runs.py"), "0", str(COUNT), str(SEED)]
    ran = subprocess.run(words, capture_output=True, text=True, cwd=TESTS)
    assert ran.returncode == 0, ran.stderr[-2000:]
    rows = [json.loads(line) for line in ran.stdout.splitlines()]
    assert len(rows) == COUNT
    wrong = [f"case {r['case']} (seed {SEED}): {faults(r)}" for r in rows if faults(r)]
    slowest = max(rows, key=lambda row: row["seconds"])
    largest = max(rows, key=lambda row: row["megabytes"])
    print(
        f"\n{COUNT:,} spoilt graphs, exit codes {dict(Counter(row['code'] for row in rows))}; "
        f"slowest {slowest['seconds']:.2f} s (case {slowest['case']}), peak "
        f"{largest['megabytes']} MB (case {largest['case']}), {len(wrong)} faults"
    )
    assert wrong == [], "\n".join(wrong)


@pytest.mark.parametrize(
    ("row", "found"),
    [
        ({"code": 2, "errors": ["error: net.onnx: something"]}, ["error: net.onnx: something"]),
        ({"code": 2, "errors": [], "faults": ["0 lines: []"]}, ["0 lines: []"]),
        ({"code": None, "errors": [], "faults": ["died, 9"]}, ["died, 9", "exit code None"]),
        ({"code": 2, "errors": ["error: net.onnx: node 'a b' (Quant): must have 4 inputs"]}, []),
    ],
)
def test_an_end_that_is_wrong_is_found(row, found):
    assert faults({"faults": [], "seconds": 0.1, "megabytes": 90, **row}) == found
