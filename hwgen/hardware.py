"""Turn each unit of a plan into its component, with the network's weights and thresholds."""

from collections.abc import Mapping
from itertools import chain
from typing import Any, assert_never

import numpy as np

from hwgen.families.devices import find_device
from hwgen.families.fabric import Fabric
from hwgen.network import (
    INPUT,
    Combine,
    IntegerNetwork,
    Levels,
    Matrix,
    Pool,
    Requantise,
    Stage,
    SumPool,
    Threshold,
)
from hwgen.plan.plan import WEIGHTS, Plan
from hwgen.plan.units import (
    CombinePlan,
    Convert,
    Deal,
    Fifo,
    Fork,
    Join,
    MapPlan,
    MatrixPlan,
    PoolPlan,
    Register,
    ReorderPlan,
    RequantisePlan,
    Scores,
    SearchPlan,
    Slice,
    Unit,
    WindowPlan,
)
from hwgen.plan.weight_storage import WeightStorage
from hwgen.rtl.axi_top import AxiTop
from hwgen.rtl.combine import Combine as CombineUnit
from hwgen.rtl.combine import Part
from hwgen.rtl.deal import Deal as DealUnit
from hwgen.rtl.fork import Fork as ForkUnit
from hwgen.rtl.join import Join as JoinUnit
from hwgen.rtl.map_buffer import MapBuffer
from hwgen.rtl.map_geometry import MapGeometry
from hwgen.rtl.matrix_parameters import MatrixParameters
from hwgen.rtl.matrix_unit import MatrixUnit
from hwgen.rtl.pack import Pack
from hwgen.rtl.pixel_table import PixelTable
from hwgen.rtl.pool import PoolUnit
from hwgen.rtl.register_slice import RegisterSlice
from hwgen.rtl.reorder import Reorder
from hwgen.rtl.requantise import RequantiseUnit
from hwgen.rtl.requantise_parameters import RequantiseParameters
from hwgen.rtl.scores import ScoreUnit
from hwgen.rtl.serial_requantise import SerialRequantiseUnit
from hwgen.rtl.sliding_window import SlidingWindow
from hwgen.rtl.stationary_unit import StationaryUnit
from hwgen.rtl.stream_fifo import StreamFIFO
from hwgen.rtl.sum_pool import SumPool as SumPoolUnit
from hwgen.rtl.threshold import ThresholdUnit
from hwgen.rtl.threshold_search import ThresholdSearch
from hwgen.rtl.unit import Unit as Component
from hwgen.rtl.unpack import Unpack
from hwgen.rtl.weight_sources import Rom, Spram, Streamed, WeightSource, Wired
from hwgen.rtl.window_geometry import WindowGeometry

__all__ = ["build_top", "build_unit", "keeping_words"]


def build_top(network: IntegerNetwork, plan: Plan, frames_inside: int | None = None) -> AxiTop:
    """Component of the whole design; with ``frames_inside`` it has a ``guard`` (see `AxiTop`)."""
    transfers = plan.exit.transfers_per_frame
    fabric = find_device(plan.device).family
    kept = keeping_words(plan)
    return AxiTop(
        units=[
            (u.name, build_unit(u, network.named, transfers, fabric, kept=u.name in kept))
            for u in plan.units
        ],
        entry=(plan.entry.target, plan.entry.target_port),
        guard=None if frames_inside is None else (plan.entry.transfers_per_frame, frames_inside),
        streams=[
            (s.source, s.source_port, s.target, s.target_port)
            for s in plan.streams
            if s.source not in (INPUT, WEIGHTS) and s.target != "output"
        ],
    )


def keeping_words(plan: Plan) -> frozenset[str]:
    """Line buffers that keep the word of the register slice behind them, and these slices."""
    lines = {u.name for u in plan.units if isinstance(u, MapPlan | WindowPlan)}
    slices = {u.name for u in plan.units if isinstance(u, Slice)}
    pairs = [(s.source, s.target) for s in plan.streams if s.source in lines and s.target in slices]
    return frozenset(chain(*pairs))


def build_unit(
    unit: Unit,
    stages: Mapping[str, Stage],
    transfers: int,
    fabric: Fabric,
    *,
    kept: bool = False,
) -> Component:
    """Component of one unit.

    Parameters
    ----------
    stages : mapping of str to Stage
        Stages of the integer network, by name.
    transfers : int
        Output words of a frame of the whole design.
    fabric : Fabric
        What counts and multiplies.
    kept : bool
        Whether it is one of `keeping_words`.
    """
    match unit:
        case Fifo():
            return StreamFIFO(width=unit.in_bits, depth=unit.depth, clocked=unit.clocked(fabric))
        case Slice():
            return RegisterSlice(width=unit.in_bits, kept=kept)
        case Convert(up=True):
            return Pack(width=unit.in_bits, count=unit.count)
        case Convert():
            return Unpack(width=unit.out_bits, count=unit.count)
        case Deal():
            return DealUnit(counts=unit.counts)
        case Fork():
            return ForkUnit(width=unit.in_bits, count=unit.count)
        case CombinePlan():
            return _combine(unit, unit.stage_of(stages, Combine))
        case Join():
            return JoinUnit(widths=unit.parts)
        case Scores():
            return ScoreUnit(
                bits=unit.bits,
                signed=unit.signed,
                bipolar=unit.bipolar,
                lanes=unit.lanes,
                words=unit.words,
                transfers_per_frame=transfers,
                argmax=unit.argmax,
            )
        case ReorderPlan():
            return Reorder(
                width=unit.out_bits,
                block=unit.block,
                blocks_y=unit.blocks[0],
                blocks_x=unit.blocks[1],
                folds=unit.folds,
            )
        case WindowPlan():
            return _window(unit, kept)
        case MapPlan():
            return _map_buffer(unit, kept)
        case PoolPlan(total=True):
            return _sum_pool(unit, unit.stage_of(stages, SumPool))
        case PoolPlan():
            return PoolUnit(
                elements=unit.elements,
                bits=unit.bits,
                signed=unit.signed,
                taps=unit.taps,
                minimum=unit.stage_of(stages, Pool).minimum,
                plane=unit.plane,
            )
        case RequantisePlan():
            return _requantise(unit, unit.multiplication(stages))
        case Register(role="levels"):
            return _levels(unit, unit.stage_of(stages, Levels))
        case Register():
            return _threshold(unit, unit.stage_of(stages, Threshold))
        case SearchPlan():
            return _search(unit, unit.stage_of(stages, Threshold))
        case MatrixPlan():
            pool = unit.pool_of(stages)
            stage = unit.stage_of(stages, Matrix)
            parameters = _matrix(unit, stage, pool, fabric)
            kind = StationaryUnit if unit.hold > 1 else MatrixUnit
            return kind(parameters=parameters, weights=_weights(unit))
    assert_never(unit)


def _sum_pool(unit: PoolPlan, stage: SumPool) -> SumPoolUnit:
    return SumPoolUnit(
        elements=unit.elements,
        bits=unit.bits,
        signed=stage.in_element.signed,
        bipolar=stage.in_element.bipolar,
        taps=unit.taps,
        out_bits=stage.element.bits,
    )


def _requantise(unit: RequantisePlan, stage: Requantise) -> RequantiseUnit | SerialRequantiseUnit:
    parameters = RequantiseParameters(
        elements=unit.elements,
        bits=stage.in_element.bits,
        signed=stage.in_element.signed,
        multipliers=stage.multipliers,
        biases=stage.biases,
        shift=stage.shift,
        low=stage.low,
        high=stage.high,
        out_bits=stage.element.bits,
        even=stage.even,
    )
    if unit.serial:
        return SerialRequantiseUnit(parameters=parameters, digit=unit.digit, late=unit.late)
    return RequantiseUnit(parameters=parameters, depth=unit.depth, digit=unit.digit, late=unit.late)


def _levels(unit: Register, stage: Levels) -> PixelTable:
    return PixelTable(
        elements=unit.elements,
        pixel_bits=unit.in_bits // unit.elements,
        table=stage.table,
        bits=stage.element.bits,
        signed=stage.element.signed,
    )


def _threshold(unit: Register, stage: Threshold) -> ThresholdUnit:
    return ThresholdUnit(elements=unit.elements, **_thresholds_of(stage))


def _search(unit: SearchPlan, stage: Threshold) -> ThresholdSearch:
    return ThresholdSearch(elements=unit.elements, serial=unit.serial, **_thresholds_of(stage))


def _thresholds_of(stage: Threshold) -> dict[str, Any]:
    """What a unit compares with and counts, however it does so."""
    return {
        "bits": stage.in_element.bits,
        "signed": stage.in_element.signed,
        "thresholds": stage.thresholds,
        "invert": stage.invert,
        "base": stage.base,
        "out_bits": stage.element.bits,
    }


def _combine(unit: CombinePlan, stage: Combine) -> CombineUnit:
    parts = [
        Part(bits // element.bits, element.bits, element.signed, element.bipolar, factor)
        for bits, element, factor in zip(unit.parts, stage.in_elements, stage.factors, strict=True)
    ]
    return CombineUnit(parts=parts, out_bits=stage.element.bits, concat=stage.concat)


def _window(unit: WindowPlan, keeps: bool) -> SlidingWindow:
    height, width, channels = unit.in_shape
    geometry = WindowGeometry(
        height=height,
        width=width,
        channels=channels,
        kernel=unit.kernel,
        stride=unit.stride,
        dilation=unit.dilation,
        padding=unit.padding,
        block=unit.block,
        taps=unit.taps,
        blocks=unit.blocks,
        group=unit.group,
        repeats=unit.repeats,
        slots=unit.slots,
        channels_outer=unit.channels_outer,
    )
    return SlidingWindow(geometry=geometry, bits=unit.bits, pad=unit.pad, keeps=keeps)


def _map_buffer(unit: MapPlan, keeps: bool) -> MapBuffer:
    height, width, channels = unit.in_shape
    geometry = MapGeometry(
        height=height,
        width=width,
        channels=channels,
        group=unit.group,
        planes=unit.planes,
        kernel=unit.kernel,
        stride=unit.stride,
        dilation=unit.dilation,
        padding=unit.padding,
        outputs=unit.out_pixels,
        rows=unit.rows,
        repeats=unit.repeats,
        raster=unit.raster,
        slots=unit.slots,
    )
    return MapBuffer(geometry=geometry, bits=unit.bits, pad=unit.pad, keeps=keeps)


def _weights(unit: MatrixPlan) -> WeightSource:
    match unit.storage:
        case WeightStorage.CONSTANT:
            return Wired()
        case WeightStorage.MEMORY:
            return Rom()
        case WeightStorage.SPRAM:
            return Spram()
        case WeightStorage.EXTERNAL:
            return Streamed(unit.inputs["i_weights"])
    assert_never(unit.storage)


def _matrix(unit: MatrixPlan, stage: Matrix, pool: Pool | None, fabric: Fabric) -> MatrixParameters:
    """Weights in the order of the folds, and the constants beside them."""
    weights = unit.folded(stage)
    by_fold = (unit.neuron_fold, unit.pe)
    minimum = None
    if pool is not None and pool.minimum.any():
        minimum = pool.minimum.reshape(by_fold)
    return MatrixParameters(
        weights=np.ascontiguousarray(weights),
        group=unit.group,
        depthwise=unit.depthwise,
        taps=unit.taps,
        block=unit.block,
        stride=unit.stride,
        dilation=unit.dilation,
        bits=stage.in_element.bits,
        bipolar=stage.in_element.bipolar,
        signed_input=stage.in_element.signed,
        zero_flags=unit.zero_flags,
        acc_min=stage.acc_min,
        acc_max=stage.acc_max,
        thresholds=None if stage.thresholds is None else stage.thresholds.reshape(by_fold),
        fused_pool=pool is not None,
        minimum=minimum,
        pipeline=unit.pipeline,
        depth=unit.depth,
        counting=fabric.counting,
        multiplier=unit.sizes(stage, fabric).multiplier,
        weight_bits=stage.weight_bits,
        index_bits=unit.index_bits,
        bipolar_weights=stage.weight_element.bipolar,
        hold=unit.hold,
    )
