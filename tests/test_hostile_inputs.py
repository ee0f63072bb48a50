"""Hostile inputs to every command that reads a file end in one sentence, and quickly.

150 of them by default; HWGEN_HOSTILE=5000 runs all, holds time and memory to limits, and prints
what they were.
"""

import os
import re
import shutil
import sys
import warnings
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import hostile_runs
import pytest
from hostile_cases import Workshop

COUNT = int(os.environ.get("HWGEN_HOSTILE", "150"))
SEED = int(os.environ.get("HWGEN_HOSTILE_SEED", "12"))
LONG = COUNT > 1000
LIMIT_BYTES = 1 << 30


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    with hostile_runs.without_tools():
        yield Workshop(tmp_path_factory.mktemp("hostile") / "shop")


def left_behind(work: Path, code: int) -> list[str]:
    """What a failed command must not leave: anything temporary, or a build or description."""
    found = [p for p in work.rglob("*") if p.name.startswith(".")]
    out = work / "out"
    if code in (2, 3) and (work / "out.json").exists():
        found.append(work / "out.json")
    if out.exists() and (code in (2, 3) or not (out / "manifest.json").is_file()):
        found.append(out)
    return [str(p.relative_to(work)) for p in found]


def test_hostile_inputs_end_in_one_sentence(workshop: Workshop, tmp_path: Path):
    faults, codes, slowest, peak = [], Counter(), (0.0, 0), 0
    for number in range(COUNT):
        work = tmp_path / "work"
        work.mkdir()
        words = workshop.case(number, SEED, work)
        end = hostile_runs.run(words, work)
        left = left_behind(work, end.code)
        wrong = [*end.faults, *([f"left {left}"] if left else [])]
        if end.seconds > hostile_runs.LIMIT_SECONDS and LONG:
            wrong.append(f"took {end.seconds:.1f} s")
        if end.peak_bytes > LIMIT_BYTES >= peak and LONG:
            wrong.append(f"took {end.peak_bytes / 1e6:.0f} MB")
        if wrong:
            faults.append(f"case {number} (seed {SEED}): {words}: {'; '.join(wrong)}")
        codes[end.code] += 1
        slowest, peak = max(slowest, (end.seconds, number)), max(peak, end.peak_bytes)
        shutil.rmtree(work)
    print(
        f"\n{COUNT:,} hostile inputs, exit codes {dict(codes)}; slowest {slowest[0]:.1f} s (case "
        f"{slowest[1]}), peak {peak / 1e6:.0f} MB, {len(faults)} faults"
    )
    assert faults == [], "\n".join(faults)


FAULTS = {
    "a traceback": (lambda: 1 / 0, r"(?s).*ZeroDivisionError.*"),
    "a warning": (lambda: warnings.warn("odd", stacklevel=1), r"(?s).*UserWarning: odd.*"),
    "another exit code": (lambda: sys.exit(7), r"exit code 7"),
    "two lines": (lambda: print("error: a\nerror: b", file=sys.stderr), r"2 lines: .*"),
    "no error": (lambda: sys.exit(2), r"0 lines: \[\]"),
    "unprintable": (lambda: print("[ 0.0 s] \x1b", file=sys.stderr), r"unprintable: .*"),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_command_that_ends_otherwise_is_found(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    fault, message = FAULTS[name]
    monkeypatch.setattr("hwgen.cli.main", fault)
    (found,) = hostile_runs.run(["hwgen"], tmp_path).faults[:1]
    assert re.fullmatch(message, found)


def test_what_is_left_behind_is_found(tmp_path: Path):
    (tmp_path / "out").mkdir()
    (tmp_path / ".tiny.x").touch()
    assert sorted(left_behind(tmp_path, 0)) == [".tiny.x", "out"]
    (tmp_path / "out" / "manifest.json").touch()
    (tmp_path / ".tiny.x").unlink()
    assert left_behind(tmp_path, 0) == []
    assert left_behind(tmp_path, 2) == ["out"]
