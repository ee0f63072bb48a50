"""Memory files beside Verilog, found by what the text reads."""

import re

import pytest

from hwgen.errors import ModelError
from hwgen.verilog.memories import bring_memories, named_memories, read_memories

TEXT = """module top(clk);
  reg [3:0] words [0:2];
  initial $readmemh("top_words.mem", words);
endmodule
"""


def test_files_are_brought_from_beside_the_verilog(tmp_path):
    files = {"top_words.mem": b"1\n2\n3\n"}
    folder = tmp_path / "elsewhere"
    folder.mkdir()
    (tmp_path / "top.v").write_text(TEXT)
    assert named_memories(TEXT) == list(files)
    gone = re.escape(str(tmp_path / "top_words.mem"))
    with pytest.raises(ModelError, match=rf"^{gone}: cannot be read; run `hwgen build` again$"):
        bring_memories(tmp_path / "top.v", folder)
    for name, data in files.items():
        (tmp_path / name).write_bytes(data)
    assert read_memories(tmp_path / "top.v") == files
    bring_memories(tmp_path / "top.v", folder)
    assert {p.name: p.read_bytes() for p in folder.iterdir()} == files
