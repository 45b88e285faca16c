"""What can go wrong between a question and its answer.

    KpiError
    ├── QuestionError          the question itself is wrong: nothing was computed
    │   ├── UnknownKpi         no KPI of that name
    │   ├── UnknownDimension   no dimension of that name, or not one of this KPI
    │   ├── UnknownParameter   no parameter of that name, or a value it does not take
    │   └── InvalidPeriod      a period that ends before it starts, or none where one is needed
    └── EngineError            the store could not be read

Each message names the thing, says what exists and what was probably meant.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class KpiError(Exception):
    """Base of all errors of the kpi room."""


class QuestionError(KpiError):
    """The question is wrong; correcting it is the asker's."""


class UnknownKpi(QuestionError):
    """No KPI of that name."""


class UnknownDimension(QuestionError):
    """The KPI does not have that dimension."""


class UnknownParameter(QuestionError):
    """The KPI does not have that parameter, or the parameter does not take that value."""


class InvalidPeriod(QuestionError):
    """The period cannot be used."""


class EngineError(KpiError):
    """The store is absent or could not be read."""


def suggest(word: str, known: Iterable[str]) -> str:
    """' Did you mean x?' when a known word is close to `word`, else ''."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.6)
    return f" Did you mean {close[0]!r}?" if close else ""
