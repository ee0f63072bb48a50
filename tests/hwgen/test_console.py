"""The terminal: errors of one line, whatever is in them, and names that are no markup."""

import sys
from pathlib import Path

import pytest

import hwgen.cli
from hwgen.console import note, out, steps


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


def test_a_name_that_no_encoding_prints_can_be_written_to(call, tmp_path: Path):
    model = Path(__file__).parents[2] / "models" / "tiny.json"
    folder = tmp_path / "\udcff"
    code, _, errors = call("build", model, "-o", folder)
    assert code == 0, errors
    assert (folder / "manifest.json").is_file()
