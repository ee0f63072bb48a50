"""The terminal: errors of one line, whatever is in them, and names that are no markup."""

import logging
import sys
from pathlib import Path

import pytest

import hwgen.cli
from hwgen.console import Verbosity, note, out, say, set_verbosity, steps


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["hwgen", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            hwgen.cli.main()
        text = capsys.readouterr()
        return end.value.code, text.out, text.err

    return run


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", r"a\nb"),
        ("\x1b[31m", r"\x1b[31m"),
        ("a\tb\r", r"a\tb\r"),
        ("a\u2028b", r"a\u2028b"),
        ("\udcff", r"\udcff"),
        ("[red]é[/x]", "[red]é[/x]"),
        (":smile:", ":smile:"),
    ],
)
def test_an_error_has_one_line_whatever_a_file_is_called(call, name, shown):
    code, printed, errors = call("tables", name)
    assert (code, printed) == (2, "")
    lines = errors.split("\n")
    assert lines[0].endswith(f"reading {shown}")
    assert lines[1:] == [f"error: {shown}: cannot be read: No such file or directory", ""]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["build"], "error: Missing argument 'MODEL.json'"),
        (["tables", "x", "--no"], "error: No such option: --no"),
        (["nope\n"], r"error: No such command 'nope\n'"),
    ],
)
def test_wrong_usage_is_one_line(call, words, message):
    code, printed, errors = call(*words)
    assert (code, printed) == (2, "")
    assert errors.startswith(message)
    assert errors.count("\n") == 1


def test_nothing_at_all_gives_the_help(call):
    code, printed, errors = call()
    assert code == 2
    assert "Commands:" in printed + errors


def test_help_and_version_are_no_errors(call):
    assert call("--help")[0] == call("--version")[0] == 0


def test_steps_and_notes_are_one_line_each(capsys):
    with steps() as step:
        step("reading a\nb")
    note("x\ny: is grey")
    out.print("[red]:smile:[/x]")
    text = capsys.readouterr()
    assert text.err.endswith("reading a\\nb\nnote: x\\ny: is grey\n")
    assert text.out == "[red]:smile:[/x]\n"


@pytest.fixture
def clock(monkeypatch):
    """A clock in place of that of the machine."""
    now = [100.0]
    monkeypatch.setattr("hwgen.console.time.monotonic", lambda: now[0])
    yield lambda seconds: now.__setitem__(0, now[0] + seconds)
    set_verbosity(Verbosity.NORMAL)


SAID = {
    "reading": 0.02,
    "placing, seed 1": 0.0,
    "placing, seed 2": 5.0,
    "placing, seed 1, placing, seed 2 (5 s)": 1.25,
    "counting: 10% done": 6.0,
    "counting: 90% done": 1.0,
}
"""What is said of steps, and the seconds behind it."""


def work(clock):
    """Steps as commands have them."""
    with steps() as step:
        for text, seconds in SAID.items():
            step(text)
            clock(seconds)
        logging.getLogger("hwgen.synth.tools").info("yosys: %s", "0.70")
        step.show("42")
    note("it is grey")
    say("more")


def test_verbose_steps_have_seconds_and_what_is_logged_is_said(clock, capsys):
    set_verbosity(Verbosity.NORMAL)
    set_verbosity(Verbosity.VERBOSE)
    work(clock)
    text = capsys.readouterr()
    assert text.out == "42\n"
    assert text.err.splitlines() == [
        "[   0.0 s] reading",
        "[   0.0 s] placing, seed 1",
        "[   0.0 s] placing, seed 2",
        "[   5.0 s] placing, seed 1, placing, seed 2 (5 s)",
        "[   6.3 s] 6.2 s for placing, seed 2",
        "[  12.3 s] counting: 90% done",
        "[  13.3 s] yosys: 0.70",
        "[  13.3 s] 7.0 s for counting",
        "note: it is grey",
        "[  13.3 s] more",
    ]


def test_without_being_asked_steps_alone_are_said_and_quietly_not_even_these(clock, capsys):
    set_verbosity(Verbosity.NORMAL)
    work(clock)
    said = capsys.readouterr().err
    assert said.count("\n") == 6
    assert "yosys" not in said
    assert "more" not in said
    set_verbosity(Verbosity.QUIET)
    work(clock)
    assert capsys.readouterr() == ("42\n", "")


def test_a_name_that_no_encoding_prints_can_be_written_to(call, tmp_path: Path):
    model = Path(__file__).parents[2] / "models" / "tiny.json"
    folder = tmp_path / "\udcff"
    code, _, errors = call("build", model, "-o", folder)
    assert code == 0, errors
    assert (folder / "manifest.json").is_file()
