"""The script that plants faults (`python -m tests.faults`) has to find where each of them goes."""

from __future__ import annotations

import pytest

from tests.faults.__main__ import ROOT
from tests.faults.planted import FAULTS, Fault


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_fault_still_has_its_place_in_the_code(fault: Fault) -> None:
    assert (ROOT / fault.file).read_text(encoding="utf-8").count(fault.right) == 1
