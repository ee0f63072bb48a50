"""The least solution of the timing rules, some frames after others."""

from hwgen.errors import ModelError
from hwgen.plan.plan import Plan
from sim.deadlock import explain_deadlock
from sim.flow import Solved, Wanted
from sim.frame_sweeps import FrameSweeps
from sim.kernel import Kernel, load_kernel
from sim.patterns import Traffic

__all__ = ["Solver"]


class Solver:
    """Solves the rules of a plan, under some traffic.

    Parameters
    ----------
    plan : Plan
    traffic : Traffic
    wanted : Wanted
        What is to be kept of the run.
    compiled : bool
        Word by word in compiled code, where there is a compiler; else by sweeps in NumPy, which
        finds the same.
    """

    def __init__(
        self,
        plan: Plan,
        traffic: Traffic,
        wanted: Wanted | None = None,
        *,
        compiled: bool = True,
    ):
        self.plan = plan
        self._done = 0
        wanted = wanted or Wanted()
        library = load_kernel() if compiled else None
        if library is None:
            self._engine = FrameSweeps(plan, traffic, wanted)
        else:
            self._engine = Kernel(library, plan, traffic, wanted)

    def solve(self, frames: int) -> Solved:
        """Find the flows of up to ``frames`` frames that follow those before.

        There are fewer where those that follow repeat the last one, some whole periods of the
        traffic later each.

        Raises
        ------
        ModelError
            If the run can never finish; names the cycle in which it stops, and who waits.
        """
        found = self._engine.solve(frames)
        self._done += found.frames
        if found.stuck is not None:
            last = None if found.last < 0 else found.last
            raise ModelError(explain_deadlock(self.plan, self._done, found.stuck, last))
        return found
