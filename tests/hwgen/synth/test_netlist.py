"""Where streams are in a netlist, and which build it belongs to."""

import re

import pytest

from hwgen.errors import ModelError
from hwgen.families.devices import FAMILIES
from hwgen.plan.plan import Stream
from hwgen.synth.netlist import find_streams, load_netlist, netlist_text, source_digest

STREAMS = (
    Stream("in", "input", "a", 8, 1),
    Stream("flat", "a", "b", 2, 1),
    Stream("kept", "b", "c", 1, 1),
    Stream("out", "c", "output", 8, 1),
)


def netlist():
    """Stream "flat" is in the top module, "kept" in the module of its unit."""
    top = {
        "ports": {"clk": {"direction": "input", "bits": [2]}},
        "cells": {
            "lut": {
                "type": "LUT",
                "connections": {"I": [2], "O": [3, 4]},
                "port_directions": {"I": "input", "O": "output"},
            },
            "b": {"type": "t.b", "connections": {"i": [3], "o__valid": [5]}},
        },
        "netnames": {
            "a.o__valid": {"bits": [3]},
            "b.i__ready": {"bits": [4]},
            "a.o__payload": {"bits": [5, "0"]},
        },
    }
    unit = {
        "ports": {
            "i": {"direction": "input", "bits": [2]},
            "o__valid": {"direction": "output", "bits": [3]},
        },
        "cells": {
            "ff": {
                "type": "FF",
                "connections": {"Q": [3]},
                "port_directions": {"Q": "output"},
            }
        },
        "netnames": {
            "o__valid": {"bits": [3]},
            "o__ready": {"bits": [2]},
            "o__payload": {"bits": ["1"]},
        },
    }
    return {"modules": {"t": top, "t.b": unit}}


def test_streams_are_found_by_the_names_of_either_end_in_the_top_or_in_a_unit():
    assert find_streams(netlist(), "t", STREAMS) == {
        "flat": ("\\a.o__valid ", "\\b.i__ready ", "\\a.o__payload "),
        "kept": ("b.o__valid", "b.o__ready", "b.o__payload"),
    }


@pytest.mark.parametrize("bits", [[5, 77], [5, "x"], [5], [5, "0", "0"]])
def test_a_stream_with_an_undriven_or_a_missing_bit_is_not_found(bits):
    broken = netlist()
    broken["modules"]["t"]["netnames"]["a.o__payload"]["bits"] = bits
    assert set(find_streams(broken, "t", STREAMS)) == {"kept"}


def test_a_netlist_is_read_back_with_what_was_written(tmp_path):
    (tmp_path / "t.v").write_text("module t; endmodule\n")
    streams = find_streams(netlist(), "t", STREAMS)
    family, digest = FAMILIES["ecp5"], source_digest(tmp_path / "t.v")
    text = netlist_text("module t; endmodule\n", family, digest, streams)
    (tmp_path / "netlist.v").write_text(text)
    found = load_netlist(tmp_path, "t")
    assert (found.family, found.streams) == (family, streams)
    (tmp_path / "t.v").write_text("module t;  endmodule\n")
    where = re.escape(str(tmp_path / "netlist.v"))
    sentence = rf"^{where}: was made of another build; run `hwgen synth` again$"
    with pytest.raises(ModelError, match=sentence):
        load_netlist(tmp_path, "t")


@pytest.mark.parametrize(
    "first",
    ["", "module t;", "// hwgen netlist: {", '// hwgen netlist: {"family": "ice40"}',
     '// hwgen netlist: {"family": "gowin", "source_sha256": "", "streams": {}}'],
)  # fmt: skip
def test_a_file_of_other_origin_is_refused(tmp_path, first):
    (tmp_path / "netlist.v").write_text(first)
    with pytest.raises(ModelError, match=r"netlist\.v: was not written by `hwgen synth`$"):
        load_netlist(tmp_path, "t")


def test_without_a_netlist_it_says_what_to_run(tmp_path):
    where = re.escape(str(tmp_path))
    with pytest.raises(ModelError, match=rf"^{where}: has no netlist.v; run `hwgen synth` first$"):
        load_netlist(tmp_path, "t")
