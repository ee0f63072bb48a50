"""Proofs that no command breaks a rule of the part, whenever words come and are taken."""

import os
from dataclasses import replace

import pytest

from hwgen.sizes.sdram_part import BOARD_SDRAMS, SdramTiming
from tests.formal_proof import prove
from tests.sdram_invariants import SdramInvariants
from tests.sdram_rules import SdramRules

# Geometry and times as small as can be without losing a case: no time follows from the others.
# Controller and rules are given times in cycles, so those of the part do not count.
TWO_BANKS = replace(BOARD_SDRAMS["ulx3s"], bank_bits=1, row_bits=2, column_bits=2)
FOUR_BANKS = replace(TWO_BANKS, bank_bits=2, row_bits=1)
TIGHT = SdramTiming(power_up=3, rcd=2, rp=2, ras=4, rc=7, rrd=3, rfc=4, wr=2, mrd=2, interval=22,
                    cas=2, init_refreshes=2)  # fmt: skip
# A slow clock, at which most times are a cycle.
SLOW = SdramTiming(power_up=2, rcd=1, rp=1, ras=1, rc=2, rrd=1, rfc=2, wr=1, mrd=2, interval=16,
                   cas=2, init_refreshes=1)  # fmt: skip
BOARDS = [("ulx3s", 50)]
SOAK = "HWGEN_SDRAM_CYCLES" in os.environ
if SOAK:
    BOARDS += [(board, mhz) for board in BOARD_SDRAMS for mhz in (20, 25, 60, 80, 100, 133)]


def test_no_command_breaks_a_rule_of_the_part(tmp_path):
    designs = {
        # An end within the first page, and one in another bank than that after it.
        "tight": SdramInvariants(part=TWO_BANKS, timing=TIGHT, words=29, restart=3),
        "short": SdramInvariants(part=TWO_BANKS, timing=TIGHT, words=3, restart=0),
        "slow": SdramInvariants(part=FOUR_BANKS, timing=SLOW, words=29, restart=9),
    }
    for board, mhz in BOARDS:
        part = BOARD_SDRAMS[board]
        timing = SdramTiming.at(part, mhz)
        designs[f"{board}_{mhz}"] = SdramInvariants(
            part=part, timing=timing, words=400_000, restart=1_000
        )
    prove(tmp_path, designs, induct=True, steps=2)


PLANTED = {
    "power_up": TIGHT.power_up - 1,
    "init_refreshes": TIGHT.init_refreshes - 1,
    "rcd": TIGHT.rcd - 1,
    "rp": TIGHT.rp - 1,
    "ras": TIGHT.ras - 1,
    "rc": TIGHT.rc - 1,
    "rrd": TIGHT.rrd - 1,
    "rfc": TIGHT.rfc - 1,
    "wr": TIGHT.wr - 1,
    "mrd": TIGHT.mrd - 1,
    "interval": TIGHT.interval + 1,
    "cas": 3,
}


SLOW_TO_FIND = {"ras", "interval", "rc", "wr"}


@pytest.mark.parametrize("name", [n for n in PLANTED if SOAK or n not in SLOW_TO_FIND])
def test_a_time_cut_by_a_cycle_has_a_counterexample(tmp_path, name):
    # As little as can be goes before: what is planted shows the sooner.
    short = {"power_up": 1, "init_refreshes": 1}
    timing = replace(TIGHT, **({} if name in short else short))
    planted = replace(timing, **{name: PLANTED[name]})
    # Pages of two words, of which the last has one.
    part = replace(TWO_BANKS, column_bits=1)
    rules = SdramRules(part=part, timing=timing, given=planted, words=3, restart=1)
    with pytest.raises(AssertionError, match="proof did fail"):
        prove(tmp_path, {"planted": rules}, induct=True, steps=45, only_base=True)
