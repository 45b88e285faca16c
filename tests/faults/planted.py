"""The faults: what someone could write by mistake in the catalogue, the compiler or the derived tables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Fault:
    """`right` is what stands once in `file`, `wrong` what is put in its place; `proofs` are words of the tests, as
    `pytest -k` takes them, of which one has to see it."""

    name: str
    proofs: str
    file: str
    right: str
    wrong: str


_COMPILER = "kpi/compiler.py"
_BOUNDS = '[fill(f"{time.at} >= $start"), fill(f"{time.at} < $end")]'

FAULTS = (
    # --- boundaries
    Fault(
        "the first instant of a period is left out",
        "very_instant",
        _COMPILER,
        _BOUNDS,
        _BOUNDS.replace(">=", ">"),
    ),
    Fault(
        "the end of a period is counted in it",
        "very_instant",
        _COMPILER,
        _BOUNDS,
        _BOUNDS.replace("<", "<="),
    ),
    Fault(
        "what happens at the instant of the question is not known yet",
        "very_instant",
        "kpi/known.py",
        'return [compared(enters, "<=", at), compared(leaves, ">", at)]',
        'return [compared(enters, "<", at), compared(leaves, ">=", at)]',
    ),
    Fault(
        "a call abandoned at exactly 5 s is a short abandon",
        "small_centre or service_level",
        "kpi/catalog/calls.py",
        'OR wait_s >= $short_abandon_s)"\n',
        'OR wait_s > $short_abandon_s)"\n',
    ),
    Fault(
        "a call answered at exactly the threshold is late",
        "small_centre or service_level",
        "kpi/catalog/calls.py",
        "answered_at <= offered_at + TO_SECONDS($threshold_s)",
        "answered_at < offered_at + TO_SECONDS($threshold_s)",
    ),
    Fault("a 9 is not a promoter", "small_centre or nps", "kpi/measures/scores.py", '"score >= 9"', '"score > 9"'),
    Fault("a 7 is a detractor", "small_centre or nps", "kpi/measures/scores.py", '"score < 7"', '"score <= 7"'),
    Fault(
        "a delivery at exactly the promised instant is late",
        "otif or on_time or perfect_order",
        "kpi/catalog/orders.py",
        "delivered_at <= promised_at",
        "delivered_at < promised_at",
    ),
    Fault(
        "a dispute on the thirtieth day does not count",
        "dispute_rate",
        "kpi/catalog/disputes.py",
        "first_disputed_at <= {_MATURE_AT}",
        "first_disputed_at < {_MATURE_AT}",
    ),
    Fault(
        "an elapsed time equal to the commitment breaks it",
        "small_centre or sla",
        "data/derive/sla.py",
        "np.where(again == NEVER, NEVER, again + 1)",
        "np.where(again == NEVER, NEVER, again)",
    ),
    # --- groups and joins
    Fault(
        "the empty value of a filter is dropped",
        "small_centre or filter or empty",
        _COMPILER,
        "        conditions.append(expression.copy().is_(exp.null()))",
        "        pass",
    ),
    Fault(
        "rows without a team are lost",
        "small_centre or site or organisation or team",
        _COMPILER,
        "LEFT JOIN teams AS {TEAM}",
        "JOIN teams AS {TEAM}",
    ),
    Fault(
        "a row meets every team",
        "small_centre or site or organisation or team",
        _COMPILER,
        "ON {TEAM}.team_id = {FACT}.team_id",
        "ON TRUE",
    ),
    Fault(
        "a group that only one side of a joined figure has is lost",
        "contacts_per_agent_day or cost_per_contact",
        "kpi/joining.py",
        "for keys in {keys for side in whole for keys in side}",
        "for keys in set.intersection(*(set(side) for side in whole))",
    ),
    Fault(
        "distinct things are counted as often as they come",
        "unique or users or customers",
        "kpi/measures/counts.py",
        "COUNT(DISTINCT $row)",
        "COUNT($row)",
    ),
    Fault(
        "KPIs asked together share one population",
        "small_centre or together or alone or company",
        _COMPILER,
        'ask.where if several else "TRUE",',
        '"TRUE",',
    ),
    # --- what was known
    Fault(
        "the past is read with what is known now",
        "small_centre or tickets_created or backlog",
        "kpi/known.py",
        "if not dataset.needs_mask or",
        "if True or",
    ),
    Fault(
        "an outcome is known before the contact has ended",
        "abandon_rate",
        "data/derive/contacts.py",
        "CASE coalesce(outcome, 'answered') WHEN 'answered' THEN answered_at ELSE ended_at END AS left_at",
        "offered_at AS left_at",
    ),
    Fault(
        "a ticket that will reopen is already counted as reopened",
        "small_centre or fcr_rate or fcr",
        "kpi/catalog/resolution.py",
        'open="fcr_mature_at > $as_of"',
        'open="FALSE"',
    ),
    Fault(
        "a ticket reopened since keeps its resolution",
        "small_centre or tickets_resolved or resolution_time_median",
        "kpi/catalog/resolution.py",
        'time="resolved", where="reopened_at > $as_of"',
        'time="resolved", where="TRUE"',
    ),
    # --- swapped or forgotten
    Fault(
        "first responses are placed by the creation of the ticket",
        "small_centre or frt_median",
        "kpi/catalog/responsiveness.py",
        'time="first_response", where=CUSTOMER_WRITTEN',
        'time="created", where=CUSTOMER_WRITTEN',
    ),
    Fault(
        "merged tickets count",
        "small_centre or tickets_created",
        "data/derive/tickets.py",
        "coalesce(exclusion, CASE WHEN merged_into_ticket_id IS NOT NULL THEN 'merged' END) AS exclusion",
        "exclusion",
    ),
    Fault(
        "a negative duration is a duration",
        "small_centre or frt_mean",
        "kpi/measures/means.py",
        'return condition.replace("$x", self.x)\n',
        'return condition.replace("$x >= 0", "TRUE").replace("$x", self.x)\n',
    ),
    Fault(
        "days are cut in UTC",
        "small_centre or tickets_created",
        "data/derive/__init__.py",
        "timezone('{zone}', make_timestamptz(epoch_us(utc)))",
        "utc",
    ),
    Fault(
        "public holidays are open",
        "small_centre or business or holiday",
        "data/business_hours.py",
        "    if holiday_set not in HOLIDAY_SUBDIVISION:",
        "    if True:",
    ),
    Fault(
        "an interval is of 90 %",
        "small_centre or nps or csat",
        "kpi/statistics/intervals.py",
        "Z = 1.959964",
        "Z = 1.644854",
    ),
    Fault(
        "a growth is compared with the period itself",
        "orders_growth",
        "kpi/joining.py",
        "    before = _before(ask, query)\n",
        "    before = query.period\n",
    ),
    Fault(
        "cancelled orders are processed",
        "order_processing or orders_processed",
        "kpi/catalog/orders.py",
        "_PROCESSED = \"decision IN ('approved', 'rejected')\"",
        '_PROCESSED = "decision IS NOT NULL"',
    ),
    Fault(
        "shared costs are all the phone's",
        "cost_per_call",
        "kpi/catalog/costs.py",
        'share * (sides["spent"]["shared_eur"] or 0)',
        '(sides["spent"]["shared_eur"] or 0)',
    ),
    Fault(
        "a norm is judged like a target",
        "attainment or judged",
        "kpi/targets.py",
        'if target.role == "target" and',
        "if",
    ),
    Fault(
        "the widest target wins",
        "attainment or judged",
        "kpi/targets.py",
        "return max(candidates, key=precedence, default=None)",
        "return min(candidates, key=precedence, default=None)",
    ),
    Fault(
        "a fragment that holds OR comes apart beside AND",
        "keeps_together",
        "kpi/fragments.py",
        "return isinstance(tree, exp.Binary) and not isinstance(tree, exp.And | exp.Predicate)",
        "return False",
    ),
    Fault(
        "a respondent with many questions weighs more",
        "servqual",
        "kpi/shapes.py",
        "[unit] if classes is None else [classes.of, unit]",
        '[unit, f"{FACT}.item"] if classes is None else [classes.of, unit, f"{FACT}.item"]',
    ),
    Fault(
        "a duplicate product of a ranking is cut from its total",
        "product",
        "kpi/figures.py",
        "first = int(str(top))",
        "first = 1",
    ),
)
