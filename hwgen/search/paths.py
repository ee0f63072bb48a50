"""Options of a network whose paths part and meet: runs of stages, and streams that wait."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from hwgen.network import INPUT, Combine, IntegerNetwork, Matrix, Stage
from hwgen.plan.layout import Layout
from hwgen.plan.wiring import OpenStream
from hwgen.search.foldings import divisors
from hwgen.search.options import LayerOptions, Option
from hwgen.search.pricing import Ahead, Cost, Priced, Pricing

__all__ = ["PathOptions", "Run"]


@dataclass(frozen=True, eq=False)
class Run:
    """Stages of which each reads the one ahead of it, and is its only reader.

    A matrix stage, a sum or a concatenation begins one, and what reads a stage that others read
    too. ``waiting`` are the stages whose streams are not taken up yet when it begins, ``left``
    the places among them of those that still wait behind it.
    """

    stages: tuple[Stage, ...]
    waiting: tuple[str, ...]
    left: tuple[int, ...]

    @property
    def first(self) -> Stage:
        """The stage that reads what is ahead."""
        return self.stages[0]

    @property
    def places(self) -> tuple[int, ...]:
        """Places among those that wait of what it reads."""
        return tuple(map(self.waiting.index, self.first.sources))


class PathOptions(Pricing):
    """Options of all runs of a network on a device.

    Runs are independent of each other but for the forms of the streams between them.
    """

    def _lay_out(self) -> None:
        self.runs = _runs(self.network)
        self.by_run = [self._options(run) for run in self.runs]
        """Options of each run, none where it has no matrix stage."""
        self.layers = [
            LayerOptions(run.first, options)
            for run, options in zip(self.runs, self.by_run, strict=True)
            if isinstance(run.first, Matrix)
        ]
        layout = Layout(self.network, self.device.family, self.pipeline)
        layout.close(INPUT)
        self.head = self._cost(layout, 0)
        self.head_given = Ahead.of(layout)
        self._joining: dict[tuple[int, Ahead, int], Cost] = {}
        self._passing: dict[tuple[int, tuple[Ahead, ...]], Priced] = {}

    def joining(self, number: int, ahead: Ahead, group: int) -> Cost:
        """Converters from what a matrix stage reads to the channels that it takes."""
        key = number, ahead, group
        if key not in self._joining:
            stage = self.runs[number].first
            assert isinstance(stage, Matrix)
            self._joining[key] = self._joined(stage, ahead, group)
        return self._joining[key]

    def passing(self, number: int, ahead: tuple[Ahead, ...]) -> Priced:
        """What a run without a matrix stage takes, and what it gives."""
        key = number, ahead
        if key not in self._passing:
            run = self.runs[number]
            layout = self._begun(run.first, ahead)
            if not isinstance(run.first, Combine):
                layout.open(run.first.sources[0])
            for stage in run.stages:
                layout.other(stage)
            self._close(layout, run.stages[-1], as_it_is=False)
            self._passing[key] = self._cost(layout, 0), Ahead.of(layout)
        return self._passing[key]

    @cached_property
    def rates(self) -> list[int]:
        """Cycles a frame, in order, among them all that a design can have."""
        found = {self.head.cycles}
        for number, (run, options) in enumerate(zip(self.runs, self.by_run, strict=True)):
            found |= {option.cost.cycles for option in options}
            for _, (rows, columns, channels) in self._shapes(run.first):
                groups = [(k, rows * columns * (channels // k)) for k in divisors(channels)]
                found |= {words for _, words in groups}
                # A pool unit holds a word while it is taken apart, and one cycle more.
                found |= {words * (count + 1) for k, words in groups for count in divisors(k)}
            if not options:
                for group in divisors(run.first.out_shape[2]):
                    shapes = self._shapes(run.first)
                    if all(shape[2] % group == 0 for _, shape in shapes):
                        ahead = (Ahead(group, passes=False, pools=False),) * len(shapes)
                        found.add(self.passing(number, ahead)[0].cycles)
        least = max((layer.least_cycles for layer in self.layers), default=0)
        return sorted(rate for rate in found if rate >= least)

    def _options(self, run: Run) -> tuple[Option, ...]:
        stage, others = run.first, run.stages[1:]
        if not isinstance(stage, Matrix):
            return ()
        return tuple(Option(*one) for one in self._priced_foldings(stage, others))

    def _begun(self, stage: Stage, ahead: Sequence[Ahead]) -> Layout:
        """Layout whose waiting streams are what a stage reads."""
        layout = Layout(self.network, self.device.family, self.pipeline)
        streams: dict[str, list[OpenStream]] = {}
        for (name, shape), form in zip(self._shapes(stage), ahead, strict=True):
            element = self.network.named[name].element if name != INPUT else self.network.in_element
            unit = form.unit(name, form.group * element.bits)
            words = shape[0] * shape[1] * (shape[2] // form.group)
            stream = OpenStream(unit, "o", element.bits, form.group, words, None)
            streams.setdefault(name, []).append(stream)
        for name, waiting in streams.items():
            layout.keep(name, waiting)
        return layout

    def _shapes(self, stage: Stage) -> list[tuple[str, tuple[int, int, int]]]:
        """What a stage reads, and the shape of each."""
        if isinstance(stage, Combine):
            rows, columns, _ = stage.out_shape
            return [
                (name, (rows, columns, channels))
                for name, channels in zip(stage.sources, stage.in_channels, strict=True)
            ]
        return [(stage.sources[0], stage.in_shape)]


def _runs(network: IntegerNetwork) -> list[Run]:
    """Runs of all stages, in an order in which each comes behind what it reads."""
    stages: list[list[Stage]] = []
    ends: dict[str, list[Stage]] = {}
    for stage in network.stages:
        sources = stage.sources
        begins = isinstance(stage, Matrix | Combine) or len(network.readers(sources[0])) > 1
        run = ends.pop(sources[0], None) if not begins else None
        if run is None:
            run = []
            stages.append(run)
        run.append(stage)
        ends[stage.name] = run
    waiting = [INPUT]
    readers = {name: len(network.readers(name)) for name in (INPUT, *network.named)}
    found = []
    for run in stages:
        before = tuple(waiting)
        for name in run[0].sources:
            readers[name] -= 1
        waiting = [name for name in waiting if readers[name]]
        left = tuple(before.index(name) for name in waiting)
        waiting.append(run[-1].name)
        found.append(Run(tuple(run), before, left))
    return found
