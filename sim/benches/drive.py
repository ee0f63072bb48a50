"""The cocotb test: drives pictures in and scores out as traffic patterns say.

Runs inside the simulator. Everything is sampled and driven at falling edges, where all values
have settled; what happened at the rising edge before is told by the harness.
"""

import os
from pathlib import Path
from random import Random

import cocotb
import numpy as np
from cocotb.clock import Clock
from cocotb.triggers import FallingEdge

SETUP = "HWGEN_BENCH"
"""Environment variable with the path of the ``.npz`` that sets the bench up."""

PROGRESS = "progress.log"


async def load(dut, edge, words, noise):
    """Load the weights, mostly a word a cycle."""
    for word in words:
        while noise.random() < 1 / 16:
            dut.s_weights_tvalid.value = 0
            await edge
        dut.s_weights_tvalid.value = 1
        dut.s_weights_tdata.value = word
        await edge
    dut.s_weights_tvalid.value = 0
    for _ in range(2):
        await edge
    assert dut.weights_loaded.value == 1, f"{len(words)} words do not fill the weights"


def offer_on(dut, words):
    """Offer a word more than fit, which nothing may take."""
    dut.s_weights_tdata.value = words[-1] ^ 0xFFFF
    dut.s_weights_tvalid.value = 1


async def reset(dut, edge, cycles, noise):
    """Hold reset for some cycles, offering and accepting at random what does not count."""
    dut.rst.value = 1
    for _ in range(cycles):
        dut.s_axis_tvalid.value = noise.getrandbits(1)
        dut.m_axis_tready.value = noise.getrandbits(1)
        await edge


class Packets:
    """Weights of frame after frame, offered as a pattern says; ``left`` words in all."""

    def __init__(self, dut, packet, offers, left):
        self.dut, self.packet, self.offers, self.left = dut, packet, offers, left
        self.at, self.offering = 0, False
        dut.s_weights_tvalid.value = 0

    def cycle(self, cycle):
        """Go on by a cycle; what fired is what did at the edge before."""
        if cycle and self.offering and self.dut.weights_fired.value:
            self.offering = False
            self.dut.s_weights_tvalid.value = 0
        if self.offering or not self.left or not self.offers[cycle % len(self.offers)]:
            return
        self.dut.s_weights_tdata.value = self.packet[self.at]
        self.dut.s_weights_tlast.value = int(self.at == len(self.packet) - 1)
        self.dut.s_weights_tvalid.value = 1
        self.offering = True
        self.at, self.left = (self.at + 1) % len(self.packet), self.left - 1


async def run(dut, edge, words, offers, accepts, after, cycles, done, packets):
    """Offer words and accept results for some cycles, from the end of reset on."""
    dut.rst.value = 0
    dut.s_axis_tvalid.value = 0
    dut.m_axis_tready.value = 0
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
        if packets:
            packets.cycle(cycle)
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
            Path(PROGRESS).write_text(str(done + cycle))
    await edge


@cocotb.test()
async def drive(dut):
    """Load the weights, then make each run from reset."""
    setup = np.load(Path(os.environ[SETUP]), allow_pickle=False)
    words = [int(w, 16) for w in setup["words"]]
    weights, packet = setup["weights"].tolist(), setup["packet"].tolist()
    noise = Random(1)
    if weights or packet:
        dut.s_weights_tvalid.value = 0
    cocotb.start_soon(Clock(dut.clk, 10, unit="ns").start(start_high=False))
    edge = FallingEdge(dut.clk)
    done = 0
    for k, (cycles, offered, reset_cycles, after, given) in enumerate(setup["runs"].tolist()):
        await reset(dut, edge, reset_cycles, noise)
        if weights and not k:
            await load(dut, edge, weights, noise)
            if not packet:
                offer_on(dut, weights)
        packets = Packets(dut, packet, setup[f"given{k}"].tolist(), given) if packet else None
        offers, accepts = setup[f"valid{k}"].tolist(), setup[f"ready{k}"].tolist()
        await run(dut, edge, words[:offered], offers, accepts, after, cycles, done, packets)
        done += cycles
