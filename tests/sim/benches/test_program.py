"""Programs run quietly; what fails is one sentence, and what takes long is told."""

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
        beat_seconds=0.01,
    )


def test_its_output_goes_to_the_log(tmp_path):
    run(tmp_path, "import sys; print('out', flush=True); print('err', file=sys.stderr)")
    assert (tmp_path / "log").read_text() == "out\nerr\n"


def test_a_failure_names_the_log(tmp_path):
    where = re.escape(str(tmp_path / "log"))
    with pytest.raises(ToolError, match=rf"^cxxrtl: trying failed; see {where}$"):
        run(tmp_path, "raise SystemExit(3)")


def test_a_program_that_is_not_there_is_one_sentence(tmp_path):
    with pytest.raises(ToolError, match=r"^cxxrtl: /no/such cannot be run: No such file "):
        run(tmp_path, "", program="/no/such")


def test_a_program_that_takes_long_is_told_of_again(tmp_path):
    told = []

    def tell(text):
        told.append(text)
        if len(told) == 3:
            (tmp_path / "go").touch()

    wait = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.001)"
    run(tmp_path, wait, tell)
    assert told[0] == "trying"
    assert all(re.fullmatch(r"trying \(\d+ s\)", text) for text in told[1:])


def test_an_interrupt_ends_the_program(tmp_path):
    def interrupt(text):
        if text != "trying":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(tmp_path, "import time; time.sleep(1000)", interrupt)
