"""Files that once gave a traceback, a warning or gigabytes: what each must give."""

import re
import resource
import subprocess
import sys
from pathlib import Path

import hostile_runs
import pytest
from shared_data import shared_file

TINY = Path(__file__).parents[1] / "models" / "tiny.json"

HEADER = r"is no \.npy array, or one with a damaged header"
CASES = {
    "bomb.png": r"has more than 16,777,216 pixels, the most that are read",
    "cut_header.npy": HEADER,
    "shape_not_integer.npy": HEADER,
    "lzma_member.npz": r"array 'W0': must be stored or deflated, as NumPy does",
    "nan_beta.onnx": r"node 'BatchNormalization_17' \(BatchNormalization\): beta must have finite "
    r"numbers",
    # Nothing needs the product, so nothing computes it.
    "outer_product.onnx": r"node 'y' \(Identity\): its output does not follow from its input by "
    r"layers known here",
}


def commands(path: Path) -> list[list[str]]:
    """Every command that reads such a file."""
    if path.suffix in (".npz", ".onnx"):
        return [["hwgen", "import", str(path), "-o", "out.json"]]
    return [
        ["hwgen", "run", "--port", "none", str(path)],
        ["sim", "run", str(TINY), "--images", str(path)],
    ]


@pytest.mark.parametrize("name", CASES)
def test_each_is_refused_in_one_sentence(name: str, tmp_path: Path):
    path = shared_file(f"cases/{name}")
    for words in commands(path):
        end = hostile_runs.run(words, tmp_path)
        assert (end.code, end.faults) == (2, [])
        assert re.fullmatch(f"error: {re.escape(str(path))}: {CASES[name]}", end.errors[0])
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["refused_gemm.onnx", "refused_scale_0_1.onnx"])
def test_what_was_once_refused_is_imported(name: str, tmp_path: Path):
    words = ["hwgen", "import", str(shared_file(f"cases/{name}")), "-o", "out.json"]
    end = hostile_runs.run(words, tmp_path)
    assert (end.code, end.faults) == (0, [])
    assert (tmp_path / "out.json").is_file()


def test_an_outer_product_of_constants_takes_no_gigabytes(tmp_path: Path):
    path = shared_file("cases/outer_product.onnx")
    limit = 1 << 30

    def limited() -> None:
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))

    done = subprocess.run(
        [sys.executable, "-m", "hwgen", "import", str(path), "-o", str(tmp_path / "out.json")],
        cwd=TINY.parents[1],
        env={"OPENBLAS_NUM_THREADS": "1", "PATH": ""},
        preexec_fn=limited,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2, done.stderr
    assert "its output does not follow from its input" in done.stderr
