"""The one helper that knows the stream handshake: drives a component and checks every cycle."""

from collections.abc import Iterable, Sequence

from amaranth.hdl import ClockDomain, Module, Value
from amaranth.sim import Simulator

from tests.timing_reference import QUIET_CYCLES, Outside, Pattern, Rule, Trace, predict

# Cycles run on after the last expected output, in which a further one would show.
SETTLE_CYCLES = 30


def join(values: Iterable[int], bits: int) -> int:
    """Word of these values, the first in the least significant bits."""
    mask = (1 << bits) - 1
    return sum((int(value) & mask) << bits * k for k, value in enumerate(values))


def join_rows(rows: Iterable[Iterable[int]], bits: int) -> list[int]:
    """One word a row."""
    return [join(row, bits) for row in rows]


def record(
    dut, words: Sequence[int], *, outputs: int, pattern: Pattern, reset_after: int = 0
) -> tuple[Trace, list[int]]:
    """Feed ``words`` to ``dut.i`` and take ``outputs`` words from ``dut.o``.

    Fails on a missing or an extra output, an input that is never taken, a ``valid`` that falls or
    a payload that moves while stalled. The words are first fed for ``reset_after`` cycles, then
    reset is high for a cycle, as after configuration, and all starts over.

    Returns
    -------
    trace, payloads
        Cycles of all events after the last reset, and the payloads of the output transfers.
    """
    sync = ClockDomain("sync")
    top = Module()
    top.domains.sync = sync
    top.submodules.dut = dut
    i_payload, o_payload = Value.cast(dut.i.payload), Value.cast(dut.o.payload)
    outside = Outside(pattern, len(words))
    payloads: list[int] = []
    stalled: list[int] = []  # the payload that has to hold, if any
    junk = (1 << len(i_payload)) - 1  # while nothing is offered

    async def one_cycle(ctx) -> None:
        offering, accepting = outside.offer(), outside.accept()
        ctx.set(dut.i.valid, offering)
        ctx.set(i_payload, words[len(outside.trace.i)] if offering else junk)
        ctx.set(dut.o.ready, accepting)
        _, _, i_ready, o_valid, payload = await ctx.tick().sample(
            dut.i.ready, dut.o.valid, o_payload
        )
        where = f"output {len(payloads)} in cycle {outside.cycle}"
        if stalled:
            assert o_valid, f"{where} fell while stalled"
            assert payload == stalled[0], f"{where} moved while stalled"
        stalled[:] = [payload] if o_valid and not accepting else []
        if o_valid and accepting:
            payloads.append(payload)
        outside.finish_cycle(i_ready=bool(i_ready), o_valid=bool(o_valid))

    async def testbench(ctx) -> None:
        nonlocal outside
        for _ in range(reset_after):
            await one_cycle(ctx)
        # The outside goes on transferring during the reset, to no effect.
        ctx.set(dut.i.valid, 1)
        ctx.set(dut.o.ready, 1)
        ctx.set(sync.rst, 1)
        await ctx.tick()
        ctx.set(sync.rst, 0)
        outside = Outside(pattern, len(words))
        payloads.clear()
        stalled.clear()
        while len(payloads) < outputs or len(outside.trace.i) < len(words):
            assert outside.quiet_cycles < QUIET_CYCLES, (
                f"stuck after {len(outside.trace.i)} of {len(words)} inputs "
                f"and {len(payloads)} of {outputs} outputs"
            )
            await one_cycle(ctx)
        for _ in range(SETTLE_CYCLES):
            await one_cycle(ctx)
            assert len(outside.trace.visible) <= outputs, f"more than {outputs} outputs"

    simulator = Simulator(top)
    simulator.add_clock(1e-6)
    simulator.add_testbench(testbench)
    simulator.run()
    return outside.trace, payloads


def check(
    dut,
    words: Sequence[int],
    expected: Sequence[int],
    rule: Rule,
    pattern: Pattern,
    *,
    reset_after: int = 0,
) -> Trace:
    """Compare each output and the cycle of each event with the reference."""
    trace, payloads = record(
        dut, words, outputs=len(expected), pattern=pattern, reset_after=reset_after
    )
    for k, (actual, golden) in enumerate(zip(payloads, expected, strict=True)):
        assert actual == golden, f"output {k} is {actual:#x}, not {golden:#x}"
    golden_trace = predict(rule, pattern, words=len(words), outputs=len(expected))
    for event, cycles in vars(trace).items():
        for k, (actual, golden) in enumerate(zip(cycles, vars(golden_trace)[event], strict=True)):
            assert actual == golden, f"{event}[{k}] is in cycle {actual}, not {golden}"
    return trace
