"""What tests of the commands that read a description share."""

import sys

import pytest
from small_networks import small_face

import hwgen.cli
from hwgen.model import save_model
from models.zoo import make_network


@pytest.fixture
def call(monkeypatch, capsys):
    def run(*words):
        monkeypatch.setattr(sys, "argv", ["hwgen", *map(str, words)])
        with pytest.raises(SystemExit) as end:
            hwgen.cli.main()
        text = capsys.readouterr()
        return end.value.code or 0, text.out, text.err

    return run


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "mini.json"
    save_model(small_face(), path)
    return path


@pytest.fixture
def human(tmp_path):
    path = tmp_path / "human.json"
    save_model(make_network("human"), path)
    return path
