"""What customers say: effort, SERVQUAL, declared resolution, comments and the topics in them."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

import numpy as np
import pandas as pd

from tests.kpi.oracle.classes import by_class
from tests.kpi.oracle.contacts import _answers, _apart, _surveys
from tests.kpi.oracle.figures import Fields, Question, figures, ratio
from tests.kpi.oracle.known import Known, counted
from tests.kpi.oracle.tickets import Answered

SERVQUAL = ("responsiveness", "reliability", "assurance", "tangibles", "empathy")
OPINION = ("channel", "team_id", "site", "organisation", "agent_id", "request_type", "product")


# ---------------------------------------------------------------------------------------------- effort, resolution


def _efforts(known: Known) -> pd.DataFrame:
    """Answers on effort, with `effort` from 1 to 7 and `low` judged without rounding: a third of the scale at most."""
    rows = _answers(known, "ces")
    above = (rows.scale_max - rows.score).where(rows.higher_is_better.astype(bool), rows.score - rows.scale_min)
    scale = rows.scale_max - rows.scale_min
    return rows.assign(effort=1 + 6 * above / scale, low=3 * above <= scale)


def ces_mean(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        total = float(rows.effort.sum())
        mean = {"value": total / len(rows), "sum": total} if len(rows) else {"value": None, "sum": None}
        return {**mean, "n": len(rows), **apart}

    return figures(_efforts(known), question, known.world, measure)


def low_effort_rate(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        return {**ratio(int(rows.low.sum()), len(rows)), **apart}

    return figures(_efforts(known), question, known.world, measure)


def _declared(known: Known) -> pd.DataFrame:
    """Answers on first-contact resolution; those on another scale than no/yes (0/1) are invalid."""
    rows = _answers(known, "fcr")
    other = rows.score.notna() & ((rows.scale_min != 0) | (rows.scale_max != 1))
    return rows.assign(invalid=rows.invalid | other)


def fcr_surveyed(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        rows, apart = _apart(rows)
        return {**ratio(int((rows.share == 1).sum()), len(rows)), **apart}

    return figures(_declared(known), question, known.world, measure)


# ---------------------------------------------------------------------------------------------- SERVQUAL


def _servqual(known: Known) -> pd.DataFrame:
    rows = _answers(known, "servqual")
    return rows.assign(missing=rows.missing | rows.dimension.isna())


def _scores(rows: pd.DataFrame, component: str) -> pd.DataFrame:
    """Respondents x dimensions: mean of each one's items on 0-100, NaN without any."""
    rows, _ = _apart(rows[rows.component == component])
    means = (100 * rows.share).groupby([rows.survey_id, rows.dimension]).mean().unstack()
    return means.reindex(columns=list(SERVQUAL))


def _gaps(rows: pd.DataFrame) -> pd.DataFrame:
    """Perception less expectation of the respondents who gave both on a dimension."""
    return (_scores(rows, "perception") - _scores(rows, "expectation")).dropna(how="all")


def _by_dimension(scores: pd.DataFrame) -> dict[Any, Fields]:
    return {name: _mean(scores[name].dropna().tolist()) for name in SERVQUAL}


def _mean(values: list[float]) -> Fields:
    return {"value": sum(values) / len(values) if values else None, "n": len(values)}


def _overall(scores: pd.DataFrame) -> Fields:
    """Mean of the five dimensions, none when one has no answer."""
    found = [fields["value"] for fields in _by_dimension(scores).values()]
    value = None if None in found else sum(found) / len(SERVQUAL)
    return {"value": value, "n": len(scores)}


def servqual_scores(known: Known, question: Question) -> Answered:
    def total(rows: pd.DataFrame) -> Fields:
        return {"n": len(_scores(rows, "perception")), **_perceived(rows)}

    def classes(rows: pd.DataFrame) -> dict[Any, Fields]:
        return _by_dimension(_scores(rows, "perception"))

    return by_class(_servqual(known), question, known.world, total, classes)


def servqual_overall(known: Known, question: Question) -> Answered:
    def measure(rows: pd.DataFrame) -> Fields:
        return {**_overall(_scores(rows, "perception")), **_perceived(rows)}

    return figures(_servqual(known), question, known.world, measure)


def _perceived(rows: pd.DataFrame) -> Fields:
    """Perceptions left out, in answered questions."""
    _, apart = _apart(rows[rows.component == "perception"])
    return apart


def servqual_gap(known: Known, question: Question) -> Answered:
    def total(rows: pd.DataFrame) -> Fields:
        return _overall(_gaps(rows))

    def classes(rows: pd.DataFrame) -> dict[Any, Fields]:
        return _by_dimension(_gaps(rows))

    return by_class(_servqual(known), question, known.world, total, classes)


# ---------------------------------------------------------------------------------------------- comments, topics


def _written(rows: pd.DataFrame) -> pd.Series:
    return rows.comment.astype(object).fillna("").str.strip() != ""


def verbatim_rate(known: Known, question: Question) -> Answered:
    """Of answered invitations, each placed at its first answer; it is what its first question says it is."""
    rows = _surveys(known).sort_values(["survey_id", "item"])
    answered = rows[rows.responded_at.notna()]
    earliest = answered.groupby("survey_id").responded_at.min().to_dict()
    first = rows[rows.survey_id.isin(answered.survey_id)].drop_duplicates("survey_id")
    commented = first.survey_id.isin(answered.survey_id[_written(answered)])
    first = first.assign(placed_at=pd.to_datetime(first.survey_id.map(earliest)), commented=commented)
    return figures(first, question, known.world, lambda rows: ratio(int(rows.commented.sum()), len(rows)))


def _comments(known: Known) -> pd.DataFrame:
    """Comments that are not blank; `score_group` is what the answer beside it says, when it says something valid."""
    rows = _surveys(known)
    rows = rows[rows.responded_at.notna() & _written(rows)]
    said = _score_groups(known)
    keys = zip(rows.survey_id, rows["item"], strict=True)
    groups = pd.Series([said.get(key) for key in keys], rows.index, object)
    return rows.assign(placed_at=rows.responded_at, text=rows.comment, score_group=groups)


def _score_groups(known: Known) -> dict[tuple[str, str], str]:
    """(invitation, question) -> the side of the threshold of its KPI on which the answer falls."""
    nps, csat, ces, fcr = _answers(known, "nps"), _answers(known, "csat"), _efforts(known), _declared(known)
    sides = (
        (nps, np.select([nps.score >= 9, nps.score <= 6], ["promoter", "detractor"], "passive")),
        (csat, np.where(csat.share >= 0.75, "satisfied", "not_satisfied")),
        (ces, np.where(ces.low, "low_effort", "high_effort")),
        (fcr, np.where(fcr.share == 1, "solved", "not_solved")),
    )
    valid = (_apart(rows.assign(side=side))[0] for rows, side in sides)
    return {(own.survey_id, own.item): own.side for rows in valid for own in rows.itertuples()}


def _transcripts(known: Known) -> pd.DataFrame:
    """Transcripts of the contacts that count, with the reason of the contact and the product of its ticket."""
    contacts = counted(known.tables["interactions"])
    rows = contacts.merge(known.tables["transcripts"][["interaction_id", "text"]], on="interaction_id")
    products = known.tables["tickets"].set_index("ticket_id")["product"]
    return rows.assign(
        placed_at=rows.offered_at,
        product=rows.ticket_id.map(products),
        score_group=pd.Series(None, rows.index, object),
    )


def plain(text: str) -> str:
    """Lower case, without accents, one kind of apostrophe, œ in two letters."""
    text = text.lower().replace("’", "'").replace("œ", "oe")
    return "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))


def _searches(known: Known) -> dict[str, re.Pattern[str]]:
    """Topic -> its keywords as whole words: neither a letter nor a digit on either side."""
    searches = {}
    for topic, keywords in known.tables["topics"][["topic", "keywords"]].itertuples(index=False):
        words = [re.escape(plain(word.strip())) for word in keywords.split("|") if word.strip()]
        if words:
            searches[topic] = re.compile(rf"(?<![^\W_])(?:{'|'.join(words)})(?![^\W_])")
    return searches


def topic_mention_rate(known: Known, question: Question) -> Answered:
    read = _transcripts if question.params.get("corpus", "comments") == "transcripts" else _comments
    rows = read(known)
    searches = _searches(known)
    texts = [plain(text) for text in rows.text]
    rows = rows.assign(topics=[{topic for topic, found in searches.items() if found.search(text)} for text in texts])

    def total(rows: pd.DataFrame) -> Fields:
        return {"n": len(rows)}

    def mentions(rows: pd.DataFrame) -> dict[Any, Fields]:
        sizes = rows.topics.explode().dropna().value_counts()
        ordered = sorted(sizes.index, key=lambda topic: (-sizes[topic], topic))
        return {topic: ratio(int(sizes[topic]), len(rows)) | {"n": int(sizes[topic])} for topic in ordered}

    return by_class(rows, question, known.world, total, mentions)


# ---------------------------------------------------------------------------------------------- what is asked

KPIS: dict[str, Any] = {
    "ces_mean": ces_mean,
    "ces_low_effort_rate": low_effort_rate,
    "servqual_dimension_score": servqual_scores,
    "servqual_overall": servqual_overall,
    "servqual_gap": servqual_gap,
    "fcr_rate_surveyed": fcr_surveyed,
    "verbatim_rate": verbatim_rate,
    "topic_mention_rate": topic_mention_rate,
}
STOCKS: tuple[str, ...] = ()
DIMENSIONS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(KPIS, OPINION),
    "topic_mention_rate": (*OPINION, "score_group"),
}
PARAMS: dict[str, tuple[dict[str, Any], ...]] = {
    "topic_mention_rate": ({}, {"corpus": "transcripts"}),
}
GRAINS: dict[str, tuple[str, ...]] = {}
VALUES: dict[str, tuple[Any, ...]] = {"score_group": ("promoter", "low_effort", "not_solved", None)}
