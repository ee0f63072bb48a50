"""Tests take no results of earlier runs for those of the code that they test, and leave none."""

import os

from hwgen.kept_results import SWITCH

os.environ[SWITCH] = "0"
