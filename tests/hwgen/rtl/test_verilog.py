"""What the emitted Verilog must not contain, for the smallest instances of every unit."""

import pkgutil
import re
from dataclasses import replace
from typing import Any

import numpy as np
from amaranth.back import verilog
from amaranth.hdl import ClockDomain, Module

import hwgen.rtl
from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.byte_core import ByteCore
from hwgen.rtl.camera_port import CameraPort
from hwgen.rtl.carry_element import CarryElement
from hwgen.rtl.combine import Combine, Part
from hwgen.rtl.counter_element import CounterElement
from hwgen.rtl.deal import Deal
from hwgen.rtl.flash_access import FlashAccess
from hwgen.rtl.flash_loader import FlashLoader
from hwgen.rtl.flash_stream import FlashStream
from hwgen.rtl.fork import Fork
from hwgen.rtl.frame_guard import FrameGuard
from hwgen.rtl.gated_core import CORE, GatedCore
from hwgen.rtl.handover import Handover
from hwgen.rtl.host_link import HostLink
from hwgen.rtl.integer_element import IntegerElement
from hwgen.rtl.join import Join
from hwgen.rtl.linked_core import LinkedCore
from hwgen.rtl.map_buffer import MapBuffer
from hwgen.rtl.map_geometry import MapGeometry
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.pack import Pack
from hwgen.rtl.packet_restart import PacketRestart
from hwgen.rtl.pixel_element import PixelElement
from hwgen.rtl.pixel_pairs import PixelPairs
from hwgen.rtl.pixel_table import PixelTable
from hwgen.rtl.pool import PoolUnit
from hwgen.rtl.popcount import Popcount
from hwgen.rtl.processing_element import BinaryElement
from hwgen.rtl.register_slice import RegisterSlice
from hwgen.rtl.reorder import Reorder
from hwgen.rtl.requantise import RequantiseUnit
from hwgen.rtl.requantise_parameters import RequantiseParameters
from hwgen.rtl.scores import ScoreUnit
from hwgen.rtl.sdram import SdramReader
from hwgen.rtl.serial_requantise import SerialRequantiseUnit
from hwgen.rtl.sliding_window import SlidingWindow
from hwgen.rtl.spi_clock import SpiClock
from hwgen.rtl.spi_slave import SpiSlave
from hwgen.rtl.spram_table import SpramTable
from hwgen.rtl.stationary_unit import StationaryUnit
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.sum_pool import SumPool
from hwgen.rtl.threshold import ThresholdUnit
from hwgen.rtl.threshold_search import ThresholdSearch
from hwgen.rtl.uart_rx import UartRx
from hwgen.rtl.uart_tx import UartTx
from hwgen.rtl.unpack import Unpack
from hwgen.rtl.wake_up import WakeUp
from hwgen.rtl.weight_sources import Streamed, WeightSource
from hwgen.rtl.window_geometry import WindowGeometry
from hwgen.sizes.sdram_part import BOARD_SDRAMS, SdramTiming


def window(*, pad: int | None = 0, slots: int = 1, **changes) -> SlidingWindow:
    one: dict = {"height": 1, "width": 1, "channels": 1, "group": 1, "repeats": 1, "slots": slots}
    one |= {name: (1, 1) for name in ("kernel", "stride", "block", "taps", "blocks")}
    one |= {"padding": (0, 0, 0, 0)}
    return SlidingWindow(geometry=WindowGeometry(**{**one, **changes}), bits=1, pad=pad)


def map_buffer(*, pad: int | None = 0, **changes) -> MapBuffer:
    one: dict = {"height": 1, "width": 1, "channels": 1, "group": 1, "rows": 1, "slots": 1}
    geometry = MapGeometry(**{**one, "outputs": (1, 1), **changes})
    return MapBuffer(geometry=geometry, bits=1, pad=pad)


def parameters(*folds: int, **changes) -> MatrixParameters:
    one = {
        "weights": np.ones((*folds, 1, 1), np.uint8),
        "group": 1,
        "acc_min": -1,
        "acc_max": 1,
        "thresholds": np.zeros((folds[0], 1), np.int64),
        "depth": 1,
    }
    return MatrixParameters(**{**one, **changes})


def matrix(*folds: int, **changes) -> MatrixUnit:
    return MatrixUnit(parameters=parameters(*folds, **changes))


def stationary(
    *folds: int, weights: WeightSource | None = None, hold: int = 2, **changes
) -> StationaryUnit:
    return StationaryUnit(parameters=parameters(*folds, hold=hold, **changes), weights=weights)


def scores(transfers: int, argmax: str | None = None) -> ScoreUnit:
    return ScoreUnit(bits=1, lanes=1, words=1, transfers_per_frame=transfers, argmax=argmax)


def requantised(multipliers: list[int], **more: Any) -> RequantiseParameters:
    return RequantiseParameters(
        **{
            "elements": 1, "bits": 1, "signed": len(multipliers) > 1, "multipliers": multipliers,
            "biases": [3 * k for k in range(len(multipliers))], "shift": 0,
            "low": 1 - len(multipliers), "high": 0, "out_bits": 1,
        } | more
    )  # fmt: skip


def search(*, serial: bool) -> ThresholdSearch:
    return ThresholdSearch(
        elements=1, bits=1, signed=False, thresholds=np.array([[1]]), invert=[False], base=0,
        out_bits=1, serial=serial,
    )  # fmt: skip


def whole(name: str) -> AxiTop:
    return AxiTop(units=[(name, scores(1, "max"))])


def sdram(board: str, mhz: float, **times: int) -> SdramReader:
    part = BOARD_SDRAMS[board]
    timing = replace(SdramTiming.at(part, mhz), **times)
    return SdramReader(
        part=part, clock_mhz=mhz, load_words=0, packet_words=1, depth=3, timing=timing
    )


SAME = (1, 1, 1, 1)
SMALLEST = {
    "axi_top": AxiTop(units=[("queue", StreamFIFO(width=1, depth=1)), ("scores", scores(2))]),
    "axi_top_scores": AxiTop(units=[("scores", scores(1, "max"))]),
    "carry_element": CarryElement(simd=1, acc_bits=1),
    "combine": Combine(
        parts=[Part(1, 1, False, True, 1), Part(1, 1, False, False, -1)], out_bits=1, concat=False
    ),
    "combine_concat": Combine(
        parts=[Part(1, 1, True, False, 1), Part(2, 1, False, True, 3)], out_bits=3, concat=True
    ),
    "counter_element": CounterElement(simd=1, acc_bits=1),
    "deal": Deal(counts=(1,)),
    "deal_two": Deal(counts=(1, 1)),
    "fork": Fork(width=1, count=2),
    "integer_element": IntegerElement(
        simd=1, bits=1, bipolar=False, signed_input=False, weight_bits=2, acc_bits=1
    ),
    "join": Join(widths=(1, 1)),
    "map_buffer": map_buffer(),
    "map_buffer_flags": map_buffer(kernel=(3, 3), padding=SAME, pad=None),
    "map_buffer_padded": map_buffer(padding=(1, 0, 0, 0), outputs=(2, 1)),
    "map_buffer_planes": map_buffer(channels=2, planes=2, group=2),
    "map_buffer_raster": map_buffer(channels=2, planes=2, raster=True),
    "matrix_unit": matrix(1, 1),
    "matrix_unit_counter": matrix(1, 1, counting="counter"),
    "matrix_unit_carry": matrix(1, 1, counting="carry", minimum=np.ones((1, 1), np.bool_)),
    "matrix_unit_scores": matrix(1, 1, thresholds=None, pipeline=0),
    "matrix_unit_flags": matrix(2, 1, zero_flags=True, pipeline=2),
    "matrix_unit_pool": matrix(1, 1, fused_pool=True, minimum=np.ones((1, 1), np.bool_)),
    "matrix_unit_wide": matrix(
        1, 1, bipolar_weights=False, weight_bits=2, acc_min=-2, acc_max=1, zero_flags=True
    ),
    "matrix_unit_zero": matrix(1, 1, bipolar=False, acc_min=0, acc_max=0),
    "matrix_unit_zero_scores": matrix(1, 2, bipolar=False, acc_min=0, acc_max=0, thresholds=None),
    "pack": Pack(width=1, count=1),
    "packet_restart": PacketRestart(),
    "pixel_element": PixelElement(simd=1, bits=1, acc_bits=1),
    "pixel_pairs": PixelPairs(simd=1, bits=1, signed_input=True),
    "pixel_table": PixelTable(elements=1, table=np.zeros((1, 256), np.int64), bits=1, signed=False),
    "pool": PoolUnit(elements=1, bits=1, signed=False, taps=1, minimum=[False]),
    "pool_minimum": PoolUnit(elements=1, bits=1, signed=True, taps=1, minimum=[True, False]),
    "popcount": Popcount(width=1),
    "processing_element": BinaryElement(simd=1, acc_bits=1, zero_flags=True),
    "register_slice": RegisterSlice(width=1),
    "reorder": Reorder(width=1, block=(1, 1), blocks_y=1, blocks_x=1, folds=1),
    "requantise": RequantiseUnit(parameters=requantised([0]), depth=1),
    "requantise_digits": RequantiseUnit(
        parameters=requantised([-1, 1], bits=3, shift=2), depth=3, digit=1
    ),
    "requantise_groups": RequantiseUnit(parameters=requantised([-1, 1], shift=2), depth=3),
    "serial_requantise": SerialRequantiseUnit(
        parameters=requantised([-1, 1], bits=3, shift=2), digit=2
    ),
    "serial_requantise_even": SerialRequantiseUnit(
        parameters=requantised([0], shift=1, even=True), digit=1
    ),
    "scores": scores(1),
    "scores_best": scores(1, "max"),
    "sdram": sdram("ulx3s", 20),
    "sdram_wide": sdram("colorlight", 10, power_up=1, rc=1, rrd=1, rfc=1, wr=1, mrd=1),
    "sliding_window": window(),
    "sliding_window_flags": window(pad=None, slots=2),
    "sliding_window_padded": window(kernel=(3, 3), taps=(3, 3), padding=SAME, pad=None),
    "sliding_window_taps": window(kernel=(3, 3), padding=SAME),
    "sliding_window_corner": window(kernel=(2, 2), padding=(1, 0, 1, 0), taps=(1, 2)),
    "stationary_unit": stationary(1, 1),
    "stationary_unit_folds": stationary(2, 2, pipeline=0),
    "stationary_unit_deep": stationary(1, 2, pipeline=3, hold=3, counting="counter"),
    "stationary_unit_scores": stationary(1, 1, thresholds=None, weights=Streamed(1)),
    "stationary_unit_flags": stationary(1, 2, zero_flags=True, weights=Streamed(16)),
    "stationary_unit_zero": stationary(1, 2, bipolar=False, acc_min=0, acc_max=0),
    "stream_fifo": StreamFIFO(width=1, depth=1),
    "stream_fifo_memory": StreamFIFO(width=1, depth=3),
    "sum_pool": SumPool(elements=1, bits=1, signed=False, bipolar=True, taps=1, out_bits=1),
    "threshold": ThresholdUnit(elements=1, bits=1, signed=False, thresholds=[0]),
    "threshold_search": search(serial=True),
    "threshold_search_pipelined": search(serial=False),
    "threshold_signed": ThresholdUnit(elements=1, bits=1, signed=True, thresholds=[-1, 0]),
    "unpack": Unpack(width=1, count=1),
    "byte_core": ByteCore(core=whole("c")),
    "flash_access": FlashAccess(quad=True, latency=1, wake_cycles=1, rest_cycles=1),
    "flash_stream": FlashStream(
        access=FlashAccess(quad=False, divisor=2, wake_cycles=1, rest_cycles=1),
        offset=0,
        header_words=1,
        block_words=2,
        load_words=0,
        packet_words=1,
        identity=0,
    ),
    "flash_loader": FlashLoader(offset=0, words=1, wake_cycles=1),
    "host_link": HostLink(picture_bytes=1, score_bytes=1, scores=1, silence_cycles=1),
    "linked_core": LinkedCore(core=whole("d"), pixels=1, divisor=4, silence_cycles=41, lamps=1),
    "gated_core": GatedCore(ByteCore(core=whole("e")), pace=1),
    "handover": Handover(1),
    "wake_up": WakeUp(rest=1, hold_cycles=8),
    "camera_port": CameraPort(line_bytes=1, lines=1),
    "frame_guard": FrameGuard(width=1, words=1),
    "spi_clock": SpiClock(divisor=1),
    "spi_slave": SpiSlave(),
    "spram_table": SpramTable(depth=2, bits=1),
    "uart_rx": UartRx(divisor=4),
    "uart_tx": UartTx(divisor=1),
}


def test_every_unit_is_here():
    helpers = {
        "element",
        "fed_unit",
        "flash_commands",
        "link_format",
        "loops",
        "map_geometry",
        "matrix_parameters",
        "multiplier",
        "placed_element",
        "requantise_parameters",
        "summed_products",
        "table_words",
        "unit",
        "weight_sources",
    }
    helpers |= {"carry_chain", "cells", "element_parameters", "entering_bit", "full_adder"}
    helpers |= {"parted_bias", "restart_bit", "triple_adder"}
    helpers |= {
        "constant_table",
        "emission",
        "sdram_bank",
        "sdram_commands",
        "sdram_pages",
        "sdram_refresh",
    }
    helpers |= {"window_axis", "window_geometry"}
    modules = {module.name for module in pkgutil.iter_modules(hwgen.rtl.__path__)}
    assert {m for m in modules - helpers if not any(n.startswith(m) for n in SMALLEST)} == set()


def test_no_signal_has_a_width_of_zero():
    top = Module()
    top.domains += ClockDomain(CORE)
    for name, dut in SMALLEST.items():
        top.submodules[name] = dut
    text = verilog.convert(top, ports=[], emit_src=False, strip_internal_attrs=True)
    modules = re.split(r"^module ", text, flags=re.MULTILINE)[1:]
    assert len(modules) > len(SMALLEST)
    assert [m.partition("(")[0] for m in modules if "[-1:0]" in m] == []
