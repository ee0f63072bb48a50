"""What all command lines have: ``-h``, ``-q``, ``-v`` and completion."""

import os
import re
import sys
from pathlib import Path

import pytest
import shellingham
import typer

import hwgen.cli
import sim.cli
from hwgen.boards.table import BOARDS
from hwgen.command_line import SHELLS
from hwgen.console import Verbosity, verbosity
from hwgen.families.devices import DEVICES, PARTS

TINY = Path(__file__).parents[2] / "models" / "tiny.json"
COMMANDS = [
    (program, name)
    for program in (hwgen.cli, sim.cli)
    for name in vars(typer.main.get_command(program.app))["commands"]
]


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*words, program=hwgen.cli, name="hwgen"):
        monkeypatch.setattr(sys, "argv", [name, *map(str, words)])
        with pytest.raises(SystemExit) as end:
            program.main()
        text = capsys.readouterr()
        return end.value.code or 0, text.out, text.err

    return run


@pytest.fixture
def script(monkeypatch):
    """As if called by the name of the installed script, not by ``python -m``."""
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)


@pytest.mark.parametrize(
    ("program", "name"), [(hwgen.cli, None), (sim.cli, None), *COMMANDS], ids=str
)
def test_every_command_has_help_and_verbosity_within_80_columns(call, monkeypatch, program, name):
    monkeypatch.setenv("COLUMNS", "80")
    words = [] if name is None else [name]
    code, short, err = call(*words, "-h", program=program)
    assert (code, err) == (0, "")
    assert short == call(*words, "--help", program=program)[1]
    assert max(map(len, short.splitlines())) <= 80
    for options in ("-q, --quiet", "-v, --verbose", "-h, --help"):
        assert short.count(f"\n  {options} ") == 1


@pytest.mark.parametrize("words", [("-q", "build", TINY), ("build", TINY, "--quiet")])
def test_quiet_is_results_alone_before_and_behind_the_command(call, tmp_path, words):
    told = (*words, "-o", tmp_path / "out", "--memory", "qspi:24")
    code, out, err = call(*told)
    assert (code, err) == (0, "")
    assert "wrote tiny.v" in out
    loud = call(*(word for word in told if word not in ("-q", "--quiet")))
    assert loud[1] == out
    assert "] reading " in loud[2]
    assert "note: --memory: not used" in loud[2]


def test_quiet_keeps_errors(call):
    message = "error: none.json: cannot be read: No such file or directory\n"
    assert call("tables", "none.json", "-q") == (2, "", message)
    assert call("-q", "tables") == (2, "", "error: Missing argument 'MODEL.json|DIR'\n")


@pytest.mark.parametrize("words", [("-v", "tables", TINY), ("tables", TINY, "-v")])
def test_verbose_tells_versions_before_and_behind_the_command(call, words):
    code, out, err = call(*words)
    assert (code, out) == (0, call("tables", TINY)[1])
    first, *_ = err.splitlines()
    assert re.fullmatch(r"\[ +\d+\.\d s\] hwgen \d\S+, Python 3\.\d+\.\d+, \S+ \S+", first)


def test_verbosity_is_that_of_one_run(call):
    assert call("-v", "tables", TINY, "-v")[2].count("] hwgen ") == 1
    assert verbosity() is Verbosity.VERBOSE
    assert "] hwgen " not in call("tables", TINY)[2]
    assert verbosity() is Verbosity.NORMAL


@pytest.mark.parametrize(
    "words", [("-q", "-v", "tables", TINY), ("-q", "tables", TINY, "-v"), ("tables", "-vq", TINY)]
)
def test_quiet_and_verbose_exclude_each_other(call, words):
    code, out, err = call(*words)
    assert (code, out) == (2, "")
    assert err.splitlines()[-1] == "error: only one of --quiet and --verbose can be given"


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("hwgen bu", ["build"]),
        ("hwgen --qu", ["--quiet"]),
        ("hwgen build --quiet --verb", ["--verbose"]),
        ("hwgen build --device ", list(DEVICES)),
        ("hwgen quantise x.json --device up", ["up5k"]),
        ("hwgen explore x.json --device ", list(PARTS)),
        ("hwgen compress x.json --device hx", ["hx1k", "hx8k"]),
        ("hwgen build --board ice", [b for b in BOARDS if b.startswith("ice")]),
        ("hwgen synth --board no", ["none"]),
        ("hwgen boards icestick ulx3s_8", ["ulx3s_85f"]),
        ("hwgen synth --input s", ["spi"]),
        ("hwgen build --least ", ["energy"]),
        ("hwgen verify --simulator ic", ["icarus", "icarus-2005"]),
        ("hwgen build mo", []),  # the shell offers files
        ("hwgen build --board my.t", []),
    ],
)
def test_a_shell_completes_commands_options_and_what_they_take(
    call, script, monkeypatch, typed, offered
):
    monkeypatch.setenv("_HWGEN_COMPLETE", "complete_bash")
    monkeypatch.setenv("COMP_WORDS", typed)
    monkeypatch.setenv("COMP_CWORD", str(len(typed.split(" ")) - 1))
    code, out, err = call()
    assert (code, err) == (0, "")
    assert out.split() == offered


def test_completion_is_shown_and_installed_for_the_script(call, script, monkeypatch, tmp_path):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("bash", "/bin/bash"))
    code, out, _ = call("--show-completion")
    assert code == 0
    assert "_HWGEN_COMPLETE=complete_bash" in out
    assert out.endswith(" hwgen\n")
    assert os.listdir(tmp_path) == []
    assert call("--install-completion")[0] == 0
    assert (tmp_path / ".bash_completions" / "hwgen.sh").read_text() == out.strip()


@pytest.mark.parametrize("option", ["--install-completion", "--show-completion"])
def test_completion_of_another_shell_or_of_a_module_is_refused(call, monkeypatch, tmp_path, option):
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setattr(sys.modules["__main__"], "__package__", "hwgen", raising=False)
    code, out, err = call(option, name="hwgen/__main__.py")
    assert (code, out) == (2, "")
    assert err == (
        "error: a shell completes commands, and `python -m hwgen` is the command python; "
        f"give {option} to `hwgen`, which is installed beside python\n"
    )
    monkeypatch.setattr(sys.modules["__main__"], "__package__", None)
    monkeypatch.setattr(shellingham, "detect_shell", lambda: ("dash", "/bin/dash"))
    shells = ", ".join(SHELLS)
    assert call(option) == (
        2, "", f"error: {option} must be called from one of {shells}, not from dash\n"
    )  # fmt: skip

    def fail():
        raise shellingham.ShellDetectionFailure

    monkeypatch.setattr(shellingham, "detect_shell", fail)
    code, out, err = call(option)
    assert (code, out) == (2, "")
    assert err.endswith(f"one of {shells}, not from a shell that cannot be told\n")
    assert os.listdir(tmp_path) == []


def test_sim_has_no_script_and_offers_no_completion(call):
    assert "completion" not in call("-h", program=sim.cli)[1]
