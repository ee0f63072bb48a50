"""Programs run some at once, and end when they are told to."""

import logging
import os
import re
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from hwgen.errors import ToolError
from hwgen.synth.processes import GAVE_UP, Job, run_jobs


def python(folder: Path, name: str, program: str) -> Job:
    return Job(name, (sys.executable, "-c", program), folder, folder / f"{name}.log")


def test_exit_codes_come_in_the_order_of_the_jobs_and_output_is_kept(tmp_path):
    jobs = [
        python(tmp_path, "slow", "import time; time.sleep(0.3); print('done')"),
        python(tmp_path, "bad", "import sys; print('no', file=sys.stderr); sys.exit(7)"),
    ]
    told = []
    assert run_jobs(jobs, told.append, at_once=2) == [0, 7]
    assert told[:2] == ["slow", "bad"]
    assert [job.log.read_text() for job in jobs] == ["done\n", "no\n"]


def test_what_is_run_is_logged_as_a_person_would_type_it(tmp_path, caplog):
    caplog.set_level(logging.INFO)
    good, bad = python(tmp_path, "good", ""), python(tmp_path, "bad", "exit(3)")
    run_jobs([replace(good, shown=("nextpnr", "--json", "a b"))], lambda what: None)
    run_jobs([replace(bad, shown=("yosys", "x.ys"))], lambda what: None)
    first, second, end = caplog.messages
    assert first == f"in {tmp_path}: nextpnr --json 'a b'; log: {tmp_path}/good.log"
    assert second == f"in {tmp_path}: yosys x.ys; log: {tmp_path}/bad.log"
    assert re.fullmatch(r"bad: exit code 3 after \d+\.\d s", end)


def test_no_more_run_at_once_than_were_asked_for(tmp_path):
    program = "import pathlib, time; p = pathlib.Path('there'); p.touch(exist_ok=False)\n"
    program += "time.sleep(0.1); p.unlink()"
    jobs = [python(tmp_path, f"job{k}", program) for k in range(3)]
    assert run_jobs(jobs, lambda what: None, at_once=1) == [0, 0, 0]


def test_an_interrupt_ends_everything_that_runs(tmp_path):
    program = "import os, time; open(f'{os.getpid()}.pid', 'w').close(); time.sleep(100)"
    jobs = [python(tmp_path, f"job{k}", program) for k in range(2)]
    started = time.monotonic()

    def interrupt(what: str) -> None:
        if what == "job1":
            while not list(tmp_path.glob("*.pid")):
                assert time.monotonic() - started < 30
                time.sleep(0.01)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_jobs(jobs, interrupt, at_once=2)
    (pid,) = (int(path.stem) for path in tmp_path.glob("*.pid"))
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


def test_a_program_that_takes_long_is_told_of_again(tmp_path, monkeypatch):
    monkeypatch.setattr("hwgen.synth.processes.BEAT_SECONDS", 0.01)
    told = []

    def tell(text: str) -> None:
        told.append(text)
        if len(told) == 3:
            (tmp_path / "go").touch()

    wait = "import pathlib, time\nwhile not pathlib.Path('go').exists(): time.sleep(0.001)"
    assert run_jobs([python(tmp_path, "trying", wait)], tell) == [0]
    assert told[0] == "trying"
    assert all(re.fullmatch(r"trying \(\d+ s\)", text) for text in told[1:])


def test_what_is_added_to_the_environment_is_there_beside_the_rest(tmp_path, monkeypatch):
    monkeypatch.setenv("KEPT", "1")
    program = "import os; print(os.environ['KEPT'], os.environ.get('ADDED'))"
    command = (sys.executable, "-c", program)
    jobs = [
        Job(f"job{k}", command, tmp_path, tmp_path / f"{k}.log", env=env)
        for k, env in enumerate([None, {"ADDED": "2"}])
    ]
    assert run_jobs(jobs, lambda what: None) == [0, 0]
    assert [job.log.read_text() for job in jobs] == ["1 None\n", "1 2\n"]


def test_a_program_that_is_not_there_is_named(tmp_path):
    job = Job("missing", (str(tmp_path / "none"),), tmp_path, tmp_path / "log")
    where = re.escape(str(tmp_path / "none"))
    with pytest.raises(ToolError, match=rf"^{where} cannot be run: No such file or directory$"):
        run_jobs([job], lambda what: None)


def test_a_program_without_an_end_is_ended_at_its_limit(tmp_path):
    log = tmp_path / "log"
    command = (sys.executable, "-c", "import time; print('on', flush=True); time.sleep(60)")
    assert run_jobs([Job("waiting", command, tmp_path, log, 1.0)], lambda step: None) == [GAVE_UP]
    assert log.read_text() == "on\n\nERROR: no end after 1 s; another seed may do\n"
