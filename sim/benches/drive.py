"""The cocotb test: drives pictures in and scores out as a traffic pattern says.

Runs inside the simulator. Everything is sampled and driven at falling edges, where all values
have settled; what happened at the rising edge before is told by the harness.
"""

import os
from pathlib import Path

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

SETUP = "HWGEN_BENCH"
"""Environment variable with the path of the ``.npz`` that sets the bench up."""

PROGRESS = "progress.log"


async def load(dut, edge, words):
    """Load the weights, a word a cycle."""
    dut.s_weights_tvalid.value = 1
    for word in words:
        dut.s_weights_tdata.value = word
        await edge
    dut.s_weights_tvalid.value = 0
    for _ in range(2):
        await edge
    assert dut.weights_loaded.value == 1, f"{len(words)} words do not fill the weights"


@cocotb.test()
async def drive(dut):
    """Reset, then offer words and accept results for the given number of cycles."""
    setup = np.load(Path(os.environ[SETUP]), allow_pickle=False)
    words = [int(w, 16) for w in setup["words"]]
    offers, accepts = setup["valid"].tolist(), setup["ready"].tolist()
    after, cycles = int(setup["ready_after"]), int(setup["cycles"])

    dut.rst.value = 1
    dut.s_axis_tvalid.value = 0
    dut.m_axis_tready.value = 0
    weights = setup["weights"].tolist()
    if weights:
        dut.s_weights_tvalid.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start(start_high=False))
    edge = FallingEdge(dut.clk)
    for _ in range(3):
        await edge
    if weights:
        await load(dut, edge, weights)
    dut.rst.value = 0

    in_fired, out_fired, out_valid = dut.in_fired, dut.out_fired, dut.m_axis_tvalid
    sent, offering, accepting, seen = 0, False, False, 0
    for cycle in range(cycles):
        if cycle:
            await edge
            if offering and in_fired.value:
                offering = False
                dut.s_axis_tvalid.value = 0
            if accepting and out_fired.value:
                seen = 0
        if not offering and sent < len(words) and offers[cycle % len(offers)]:
            offering = True
            dut.s_axis_tdata.value = words[sent]
            dut.s_axis_tvalid.value = 1
            sent += 1
        if after:
            seen += bool(out_valid.value)
            accept = seen > after
        else:
            accept = bool(accepts[cycle % len(accepts)])
        if accept != accepting:
            dut.m_axis_tready.value = int(accept)
            accepting = accept
        if cycle % 4096 == 0:
            Path(PROGRESS).write_text(str(cycle))
    await edge
