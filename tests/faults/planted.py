"""The faults: what someone could write by mistake in the catalogue, the compiler or the derived tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`right` is what stands once in `file`, `wrong` what is put in its place."""

    name: str
    file: str
    right: str
    wrong: str


_COMPILER = "kpi/compiler.py"
_BOUNDS = "[at >= instant(period.start), at.copy() < instant(period.end)]"

FAULTS = (
    # --- boundaries
    Fault("the first instant of a period is left out", _COMPILER, _BOUNDS, _BOUNDS.replace(">=", ">")),
    Fault("the end of a period is counted in it", _COMPILER, _BOUNDS, _BOUNDS.replace("<", "<=")),
    Fault(
        "what happens at the instant of the question is not known yet",
        "kpi/known.py",
        "return [enters <= at, leaves > at.copy()]",
        "return [enters < at, leaves >= at.copy()]",
    ),
    Fault(
        "a call abandoned at exactly 5 s is a short abandon",
        "kpi/catalog/calls.py",
        'OR wait_s >= $short_abandon_s)"\n',
        'OR wait_s > $short_abandon_s)"\n',
    ),
    Fault(
        "a call answered at exactly the threshold is late",
        "kpi/catalog/calls.py",
        "answered_at <= offered_at + TO_SECONDS($threshold_s)",
        "answered_at < offered_at + TO_SECONDS($threshold_s)",
    ),
    Fault("a 9 is not a promoter", "kpi/measures/scores.py", '"score >= 9"', '"score > 9"'),
    Fault("a 7 is a detractor", "kpi/measures/scores.py", '"score < 7"', '"score <= 7"'),
    Fault(
        "a delivery at exactly the promised instant is late",
        "kpi/catalog/orders.py",
        "delivered_at <= promised_at",
        "delivered_at < promised_at",
    ),
    Fault(
        "a dispute on the thirtieth day does not count",
        "kpi/catalog/disputes.py",
        "first_disputed_at <= {_MATURE_AT}",
        "first_disputed_at < {_MATURE_AT}",
    ),
    Fault(
        "an elapsed time equal to the commitment breaks it",
        "data/derive/sla.py",
        "np.where(again == NEVER, NEVER, again + 1)",
        "np.where(again == NEVER, NEVER, again)",
    ),
    # --- groups and joins
    Fault(
        "the empty value of a filter is dropped",
        _COMPILER,
        "        conditions.append(expression.copy().is_(exp.null()))",
        "        pass",
    ),
    Fault("rows without a team are lost", _COMPILER, 'join_type="left", copy=False)', 'join_type="inner", copy=False)'),
    Fault(
        "a row meets every team",
        _COMPILER,
        'on = exp.column("team_id", table=TEAM).eq(exp.column("team_id", table=FACT))',
        "on = exp.true()",
    ),
    Fault(
        "a group that only one side of a joined figure has is lost",
        "kpi/joining.py",
        "for keys in {keys for side in whole for keys in side}",
        "for keys in set.intersection(*(set(side) for side in whole))",
    ),
    Fault(
        "distinct things are counted as often as they come",
        "kpi/measures/counts.py",
        "COUNT(DISTINCT $row)",
        "COUNT($row)",
    ),
    Fault(
        "KPIs asked together share one population",
        _COMPILER,
        'among=ask.where if several else "TRUE"',
        'among="TRUE"',
    ),
    # --- what was known
    Fault("the past is read with what is known now", "kpi/known.py", "if not dataset.needs_mask or", "if True or"),
    Fault(
        "an outcome is known before the contact has ended",
        "data/derive/contacts.py",
        "CASE coalesce(outcome, 'answered') WHEN 'answered' THEN answered_at ELSE ended_at END AS left_at",
        "offered_at AS left_at",
    ),
    Fault(
        "a ticket that will reopen is already counted as reopened",
        "kpi/catalog/resolution.py",
        'open="fcr_mature_at > $as_of"',
        'open="FALSE"',
    ),
    Fault(
        "a ticket reopened since keeps its resolution",
        "kpi/catalog/resolution.py",
        'time="resolved", where="reopened_at > $as_of"',
        'time="resolved", where="TRUE"',
    ),
    # --- swapped or forgotten
    Fault(
        "first responses are placed by the creation of the ticket",
        "kpi/catalog/responsiveness.py",
        'time="first_response", where=CUSTOMER_WRITTEN',
        'time="created", where=CUSTOMER_WRITTEN',
    ),
    Fault(
        "merged tickets count",
        "data/derive/tickets.py",
        "coalesce(exclusion, CASE WHEN merged_into_ticket_id IS NOT NULL THEN 'merged' END) AS exclusion",
        "exclusion",
    ),
    Fault(
        "a negative duration is a duration",
        "kpi/measures/means.py",
        'return condition.replace("$x", self.x)\n',
        'return condition.replace("$x >= 0", "TRUE").replace("$x", self.x)\n',
    ),
    Fault(
        "days are cut in UTC",
        "data/derive/__init__.py",
        "timezone('{zone}', timezone('UTC', utc))",
        "utc",
    ),
    Fault(
        "public holidays are open",
        "data/business_hours.py",
        "    if holiday_set not in HOLIDAY_SUBDIVISION:",
        "    if True:",
    ),
    Fault("an interval is of 90 %", "kpi/statistics/intervals.py", "Z = 1.959964", "Z = 1.644854"),
    Fault(
        "a growth is compared with the period itself",
        "kpi/joining.py",
        "before = query.with_(period=_before(ask, query))",
        "before = query",
    ),
    Fault(
        "cancelled orders are processed",
        "kpi/catalog/orders.py",
        "_PROCESSED = \"decision IN ('approved', 'rejected')\"",
        '_PROCESSED = "decision IS NOT NULL"',
    ),
    Fault(
        "shared costs are all the phone's",
        "kpi/catalog/costs.py",
        'share * (sides["spent"]["shared_eur"] or 0)',
        '(sides["spent"]["shared_eur"] or 0)',
    ),
    Fault(
        "a duplicate product of a ranking is cut from its total",
        "kpi/figures.py",
        "shown[: int(str(top))] if top else shown",
        "shown[:1]",
    ),
)
