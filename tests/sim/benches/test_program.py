"""Programs run quietly, and what fails is one sentence."""

import re
import sys

import pytest

from hwgen.errors import ToolError
from sim.benches.program import run_program


def run(tmp_path, code, progress=lambda text: None, program=sys.executable):
    run_program(
        [program, "-c", code],
        what="trying",
        cwd=tmp_path,
        log=tmp_path / "log",
        progress=progress,
    )


def test_its_output_goes_to_the_log(tmp_path):
    run(tmp_path, "import sys; print('out', flush=True); print('err', file=sys.stderr)")
    assert (tmp_path / "log").read_text() == "out\nerr\n"


def test_a_failure_names_the_log(tmp_path):
    where = re.escape(str(tmp_path / "log"))
    with pytest.raises(ToolError, match=rf"^cxxrtl: trying failed; see {where}$"):
        run(tmp_path, "raise SystemExit(3)")


def test_a_program_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ToolError, match=r"^/no/such cannot be run: No such file "):
        run(tmp_path, "", program="/no/such")
