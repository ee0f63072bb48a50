"""The whole design of an iCEBreaker whose weights come from the flash with each frame.

As emitted, with the model of the flash at its pins, a clock, and a host at its serial line: from
configuration to the first results.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from hwgen.boards.frames import Refusal, Result, encode, take_frame, understand
from hwgen.boards.shell import board_files
from hwgen.design import make_design
from hwgen.rtl.link_format import PICTURE, REASON_BUILD, REASON_DAMAGED
from hwgen.synth.constant_tables import find_tables, module_digests
from sim import golden
from sim.images import random_images
from sim.parts.spi_flash import flash_hex, flash_verilog
from tests.small_networks import TINY_FOLDING, tiny_network
from tests.verilog_program import compile_verilog, run_program

BENCH = Path(__file__).parent / "bench"
BOARD, CLOCK_MHZ, BAUD = "icebreaker", 24.0, 4_000_000
OFFSET = 1 << 20


def files_of(seed: int) -> dict[str, bytes]:
    design = make_design(tiny_network(seed), device="up5k", folding=(TINY_FOLDING, "test"))
    with pytest.MonkeyPatch.context() as patched:
        # A hundredth of the silence that ends a frame, so that refusals come soon.
        patched.setattr("hwgen.boards.shell.SILENCE_SECONDS", 5e-4)
        return board_files(design, BOARD, CLOCK_MHZ, BAUD)


@dataclass(frozen=True)
class Board:
    """A program of the board, and where it runs."""

    program: Path
    work: Path

    def answers(self, image: bytes, pictures: np.ndarray, **options: int) -> tuple[list, int]:
        """Answers to pictures sent one after another, and the rules of the flash broken."""
        (self.work / "flash.hex").write_text(flash_hex(image.ljust(512, b"\xff")))
        frames = [encode(PICTURE, k, x.tobytes()) for k, x in enumerate(pictures)]
        sent = [f"{octet:02x}\n" for frame in frames for octet in frame]
        (self.work / "sent.hex").write_text("".join(sent))
        options |= {"frames": len(frames), "bytes": len(frames[0])}
        given = [f"+{key}={value}" for key, value in options.items()]
        lines = [x.split() for x in run_program(self.program, self.work, *given).splitlines()]
        data = bytearray(int(x[1], 16) for x in lines if x[0] == "came")
        (broken,) = (int(x[1]) for x in lines if x[0] == "broken")
        found = []
        while (frame := take_frame(data)) is not None:
            found.append(understand(frame[0], frame[2]))
        return found, broken


@pytest.fixture(scope="module")
def board(tmp_path_factory: pytest.TempPathFactory) -> Board:
    work = tmp_path_factory.mktemp("board")
    files = files_of(3)
    (work / "board.v").write_bytes(files[f"tiny_{BOARD}.v"])
    (work / "spi_flash.v").write_text(flash_verilog())
    (work / "bench.v").write_text((BENCH / "stream.v").read_text())
    program = compile_verilog("bench", ["bench.v", "board.v", "spi_flash.v"], work)
    return Board(program, work)


PICTURES = random_images(tiny_network(3), 3, seed=5)
IMAGE = files_of(3)[f"tiny_{BOARD}_flash.bin"]


@pytest.mark.parametrize("quad_enable", [0, 1])
def test_scores_are_those_of_the_golden_model(board: Board, quad_enable: int):
    right = golden.run(tiny_network(3), PICTURES)
    assert right.classes is not None
    found, broken = board.answers(IMAGE, PICTURES, quad_enable=quad_enable)
    assert broken == 0
    assert found == [
        Result(tuple(right.scores[k].ravel().tolist()), int(right.classes[k]))
        for k in range(len(PICTURES))
    ]


@pytest.mark.parametrize(
    ("image", "reason"),
    [
        (IMAGE[:-20] + bytes([IMAGE[-20] ^ 1]) + IMAGE[-19:], REASON_DAMAGED),
        (b"", REASON_DAMAGED),
        (files_of(4)[f"tiny_{BOARD}_flash.bin"], REASON_BUILD),
    ],
    ids=["a bit", "nothing", "another build"],
)
def test_a_board_whose_weights_are_wrong_says_so(board: Board, image: bytes, reason: int):
    assert board.answers(image, PICTURES[:1]) == ([Refusal(reason, 16)], 0)


def test_other_weights_need_no_other_logic():
    # What `hwgen reload` asks for: only what tables hold differs, the header's CRC among them.
    name = f"tiny_{BOARD}.v"
    old, new = (files_of(seed)[name].decode() for seed in (3, 4))
    found = find_tables(old)
    (own,) = (table for path, table in found.items() if path.endswith("stream/own"))
    assert own.words == tuple(int.from_bytes(IMAGE[k : k + 2], "big") for k in (60, 62))
    differing = {path for path, table in find_tables(new).items() if table != found[path]}
    assert own.path in differing
    fixed = {p: d for p, d in module_digests(old).items() if "core" not in p}
    assert fixed == {p: d for p, d in module_digests(new).items() if "core" not in p}
