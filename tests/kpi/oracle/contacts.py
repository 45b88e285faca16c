"""Calls, surveys and the freshness of the data."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.clock import stamp, stamps
from tests.kpi.oracle.figures import Fields, Question, figures, mean, ratio, share
from tests.kpi.oracle.known import VOICE, Known, counted
from tests.kpi.oracle.tickets import Answered

BEFORE_THE_QUEUE = ("selfcare", "bot", "dissuaded")
SHORT_ABANDON_S = 5
FORTNIGHT = timedelta(days=14)


# ---------------------------------------------------------------------------------------------- calls


def _offered(known: Known) -> pd.DataFrame:
    """Inbound root calls offered in opening hours, with `wait`; `queued` when nobody knows yet how they end."""
    rows = counted(known.tables["interactions"])
    rows = rows[(rows.direction == "inbound") & rows.channel.isin(VOICE) & rows.parent_interaction_id.isna()]
    at = stamps(rows.offered_at)
    opened = [known.world.hours_of(team).is_open(s) for team, s in zip(rows.team_id, at, strict=True)]
    rows = rows[np.array(opened, dtype=bool)]
    talking = rows.outcome.isna() & rows.answered_at.notna()
    outcome = rows.outcome.mask(talking, "answered")
    end = rows.answered_at.where(outcome == "answered", rows.ended_at)
    rows = rows.assign(outcome=outcome, queued=outcome.isna(), placed_at=rows.offered_at)
    rows["wait"] = stamps(end) - stamps(rows.offered_at)
    return rows[~rows.outcome.isin(BEFORE_THE_QUEUE)]


def _without_short_abandons(rows: pd.DataFrame, question: Question) -> pd.DataFrame:
    short = question.params.get("short_abandon_s", SHORT_ABANDON_S)
    return rows[~((rows.outcome == "abandoned") & (rows.wait >= 0) & (rows.wait < short))]


def answer_rate(known: Known, question: Question) -> Answered:
    rows = _without_short_abandons(_offered(known), question)
    rows = rows[~rows.queued & ~((rows.outcome == "abandoned") & ((rows.wait < 0) | rows.wait.isna()))]
    rows = rows.assign(good=rows.outcome == "answered")
    return figures(rows, question, known.world, _good)


def service_level(known: Known, question: Question) -> Answered:
    limit = question.params.get("threshold_s", 30)
    rows = _without_short_abandons(_offered(known), question)
    rows = rows[~rows.queued | (stamp(known.t) - stamps(rows.offered_at) > limit)]
    rows = rows.assign(good=(rows.outcome == "answered") & (rows.wait <= limit))

    def measure(rows: pd.DataFrame) -> Fields:
        return {**_good(rows[~(rows.wait < 0)]), "n_invalid": int((rows.wait < 0).sum())}

    return figures(rows, question, known.world, measure)


def _good(rows: pd.DataFrame) -> Fields:
    return ratio(int(rows.good.sum()), len(rows))


def handle_time(known: Known, question: Question) -> Answered:
    """By agent each leg goes to who took it; else a contact has its own time and that of its answered legs."""
    rows = counted(known.tables["interactions"])
    channels = question.params.get("channels", VOICE)
    rows = rows[(rows.direction == "inbound") & (rows.outcome == "answered")]
    spent = rows[["talk_s", "hold_s", "wrap_s"]].astype(float).sum(axis=1, skipna=False)
    finished = rows.ended_at + pd.to_timedelta(rows.wrap_s.astype(float).fillna(0), unit="s") <= known.t
    rows = rows.assign(seconds=spent, finished=finished, placed_at=rows.offered_at, invalid=False)
    if "agent_id" not in {*question.by, *question.filters}:
        roots = rows[rows.parent_interaction_id.isna()]
        legs = rows[rows.parent_interaction_id.notna()]
        legs = legs.groupby(_roots(known, legs))
        added = roots.interaction_id.map(legs.seconds.agg(lambda parts: parts.sum(skipna=False))).astype(float)
        with_legs = roots.interaction_id.isin(list(legs.groups))
        ready = roots.interaction_id.map(legs.finished.all()).astype(object).fillna(True).astype(bool)
        total = roots.seconds + added.where(with_legs, 0.0)
        rows = roots.assign(seconds=total, finished=roots.finished & ready)
    rows = rows[rows.channel.isin(channels)]
    return figures(rows[rows.finished], question, known.world, mean)


def _roots(known: Known, legs: pd.DataFrame) -> pd.Series:
    """The contact that each leg belongs to, whatever the number of transfers between."""
    contacts = known.tables["interactions"]
    parents = contacts.set_index("interaction_id").parent_interaction_id.astype(object)
    roots = legs.parent_interaction_id.astype(object)
    for _ in range(10):
        above = roots.map(parents)
        roots = above.where(above.notna(), roots)
    return roots


# ---------------------------------------------------------------------------------------------- surveys


def _surveys(known: Known) -> pd.DataFrame:
    rows = counted(known.tables["surveys"])
    tickets = known.tables["tickets"].set_index("ticket_id")
    return rows.assign(
        request_type=rows.ticket_id.map(tickets.request_type), product=rows.ticket_id.map(tickets["product"])
    )


def _answers(known: Known, kind: str) -> pd.DataFrame:
    """Answered questions of a survey, with `share` of the scale turned so that high is good, and `kind`."""
    rows = _surveys(known)
    rows = rows[(rows.survey_type == kind) & rows.responded_at.notna()]
    position = (rows.score - rows.scale_min) / (rows.scale_max - rows.scale_min)
    turned = position.where(rows.higher_is_better.astype(bool), 1 - position)
    off = (rows.score < rows.scale_min) | (rows.score > rows.scale_max)
    if kind == "nps":
        off |= rows.score.notna() & ((rows.scale_min != 0) | (rows.scale_max != 10))
    return rows.assign(placed_at=rows.responded_at, share=turned, invalid=off, missing=rows.score.isna())


def _apart(rows: pd.DataFrame) -> tuple[pd.DataFrame, Fields]:
    counts = {"n_invalid": int(rows.invalid.sum()), "n_missing": int(rows.missing.sum())}
    return rows[~rows.invalid & ~rows.missing], counts


def nps(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        promoters, detractors, n = int((rows.score >= 9).sum()), int((rows.score <= 6).sum()), len(rows)
        counts = {"promoters": promoters, "passives": n - promoters - detractors, "detractors": detractors}
        return {"value": 100 * (promoters - detractors) / n if n else None, "n": n, **counts, **apart}

    return figures(_answers(known, "nps"), question, known.world, measure)


def nps_distribution(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        promoters, detractors, n = int((rows.score >= 9).sum()), int((rows.score <= 6).sum()), len(rows)
        sizes = {"promoter": promoters, "passive": n - promoters - detractors, "detractor": detractors}
        return {"n": n, "classes": sizes, **apart}

    return figures(_answers(known, "nps"), question, known.world, measure)


def csat_rate(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        return {**ratio(int((rows.share >= 0.75).sum()), len(rows)), **apart}

    return figures(_answers(known, "csat"), question, known.world, measure)


def csat_mean(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        total = float((100 * rows.share).sum())
        return {"value": total / len(rows) if len(rows) else None, "n": len(rows), **apart}

    return figures(_answers(known, "csat"), question, known.world, measure)


def survey_response_rate(known: Known, question: Question) -> Answered:
    rows = _surveys(known)
    answered = rows.groupby("survey_id").responded_at.min()
    rows = rows.sort_values(["survey_id", "item"]).drop_duplicates("survey_id")
    in_time = pd.to_datetime(rows.survey_id.map(answered.to_dict())) <= rows.sent_at + FORTNIGHT
    kind = np.select([rows.sent_at + FORTNIGHT > known.t, in_time], ["open", "good"], "bad")
    return figures(rows.assign(placed_at=rows.sent_at, kind=kind), question, known.world, share)


# ---------------------------------------------------------------------------------------------- freshness


def freshness(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        newest = rows.data_until.max()
        return {"value": None if pd.isna(newest) else stamp(known.t) - stamp(newest.to_pydatetime())}

    rows = known.tables["imports"]
    rows = rows[rows.data_until <= known.t]
    return figures(rows, replace(question, period=None), known.world, measure)


KPIS: dict[str, Any] = {
    "answer_rate": answer_rate,
    "service_level": service_level,
    "average_handle_time": handle_time,
    "nps": nps,
    "nps_distribution": nps_distribution,
    "csat_rate": csat_rate,
    "csat_mean": csat_mean,
    "survey_response_rate": survey_response_rate,
    "data_freshness": freshness,
}
