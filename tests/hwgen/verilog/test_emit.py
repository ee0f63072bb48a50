"""The steps from what Amaranth writes to a build's Verilog, one after another."""

from small_networks import small_face

from hwgen.design import make_design
from hwgen.hardware import build_top
from hwgen.rtl.emission import Emission
from hwgen.verilog.emit import finish_verilog
from hwgen.verilog.memories import MemoryFiles, named_memories
from hwgen.verilog.tables import Rows

DESIGN = make_design(small_face())


def converted() -> tuple[str, list[Rows]]:
    emission = Emission()
    return emission.convert(build_top(DESIGN.network, DESIGN.plan), "mini"), emission.tables


def test_all_steps_are_made_and_the_same_every_time():
    text, files = finish_verilog(*converted(), MemoryFiles.ALL)
    assert "module \\" not in text
    assert "verilog_backend" not in text
    assert "initial begin" not in text
    assert named_memories(text) == list(files)
    assert "mini_conv2_weights.mem" in files
    assert finish_verilog(*converted(), MemoryFiles.ALL) == (text, files)


def test_in_one_file_unless_asked_and_with_names_that_are_no_keywords():
    text, files = finish_verilog(*converted(), keywords=["mini_fc"])
    assert files == {}
    assert "  mini_fc_2 fc (" in text
