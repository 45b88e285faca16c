"""The oracle: every KPI computed again in plain pandas and Python from the cards and rules, never from the SQL.

It reads the raw tables only. `ask` gives {keys: fields}, the total under (), the keys of a group being the values
of the dimensions and then the time bucket; a distribution has its sizes in `classes`.
"""

from __future__ import annotations

from tests.kpi.oracle import calls, changes, contacts, opinions, orders, requests, sla, tickets, workforce
from tests.kpi.oracle.figures import Fields, Keys, Question
from tests.kpi.oracle.known import World, known_at

KPIS = {**tickets.KPIS, **sla.KPIS, **contacts.KPIS}
"""Tickets, commitments, and the calls and surveys that every centre has: asked of the demo centre too."""
CALLS = (calls, workforce)
DESK = (orders, changes, opinions, requests)
EVERY = {**KPIS, **{kpi: ask for subject in (*CALLS, *DESK) for kpi, ask in subject.KPIS.items()}}


def ask(world: World, question: Question) -> dict[Keys, Fields]:
    return EVERY[question.kpi](world.at(question.as_of), question)


__all__ = ["CALLS", "DESK", "EVERY", "KPIS", "Fields", "Keys", "Question", "World", "ask", "known_at"]
