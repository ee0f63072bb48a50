"""Where the weights of a design come from on a board, and the file that holds them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from amaranth.lib.crc import catalog
from numpy.typing import NDArray

from hwgen.boards.flash import WAKE_SECONDS, FlashPins, FlashWeights
from hwgen.boards.sdram import SdramPins, sdram_reader
from hwgen.boards.table import Board
from hwgen.design import Design
from hwgen.rtl.flash_loader import FlashLoader

__all__ = ["FLASH_OFFSET", "BoardWeights", "board_weights"]

FLASH_OFFSET = 1 << 20
"""Where words for SPRAM lie in the flash: behind any bitstream, at the start of a block."""


@dataclass(frozen=True, eq=False)
class BoardWeights:
    """What gives the words, what the flash has to hold, and what ``board.json`` says of it.

    ``facts`` are ``offset``, and where weights come in for each frame ``lines, clock_mhz`` of the
    flash, ``sdram`` if they come from there, and ``frames_per_second`` that their memory allows.
    """

    source: FlashLoader | FlashPins | SdramPins
    image: bytes
    facts: dict[str, Any]


def board_weights(
    design: Design,
    board: Board,
    clock_mhz: float,
    load: NDArray[np.uint16],
    packet: NDArray[np.uint16],
) -> BoardWeights | None:
    """Source of a design's weights; None where all lie in the bitstream.

    Those of each frame come from the SDRAM, where the board has one and no SPRAM is to be filled,
    else from the flash.

    Parameters
    ----------
    load : uint16 (words)
        Those that fill SPRAMs.
    packet : uint16 (words)
        Those of each frame.

    Raises
    ------
    DeviceError
        If the board has no memory for them.
    """
    if not packet.size:
        if not load.size:
            return None
        wake_cycles = round(clock_mhz * 1e6 * WAKE_SECONDS)
        loader = FlashLoader(offset=FLASH_OFFSET, words=len(load), wake_cycles=wake_cycles)
        return BoardWeights(loader, _boot_image(load), {"offset": FLASH_OFFSET})
    flash = FlashWeights(design, board, clock_mhz, load, packet)
    pins, facts = FlashPins(board, flash.stream), flash.facts()
    if board.sdram is None or load.size:
        return BoardWeights(pins, flash.image, facts)
    reader = sdram_reader(design.plan.name, board.sdram.memory, clock_mhz, packet.size)
    rate = float(reader.timing.words_per_cycle(reader.part)) * clock_mhz * 1e6 / packet.size
    facts |= {"sdram": board.sdram.memory, "frames_per_second": round(rate, 3)}
    return BoardWeights(SdramPins(pins, reader), flash.image, facts)


def _boot_image(words: NDArray[np.uint16]) -> bytes:
    """Words as the flash holds them, and their CRC behind them (see `FlashLoader`)."""
    data = words.astype("<u2").tobytes()
    return data + catalog.CRC16_IBM_3740(8).compute(data).to_bytes(2, "big")
