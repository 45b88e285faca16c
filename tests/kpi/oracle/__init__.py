"""The oracle: every KPI computed again in plain pandas and Python from the cards and rules, never from the SQL.

It reads the raw tables only. `ask` gives {keys: fields}, the total under (), the keys of a group being the values
of the dimensions and then the time bucket; a distribution has its sizes in `classes`.
"""

from __future__ import annotations

from tests.kpi.oracle import contacts, sla, tickets
from tests.kpi.oracle.figures import Fields, Keys, Question
from tests.kpi.oracle.known import World, known_at

KPIS = {**tickets.KPIS, **sla.KPIS, **contacts.KPIS}


def ask(world: World, question: Question) -> dict[Keys, Fields]:
    return KPIS[question.kpi](world.at(question.as_of), question)


__all__ = ["KPIS", "Fields", "Keys", "Question", "World", "ask", "known_at"]
