"""Survey exports with one column a question: Google Forms, Typeform, SurveyMonkey, Qualtrics.

- What a question measures is told by its words and its answers (`data.sources.survey_questions`); a column that is not
  certain is left out, and named in the notes with the reason.
- Each answered question is a row (N/A and Je ne sais pas are no answers); a free text goes with the question before it.
- None of these exports knows when the invitation left: it counts from the beginning of the answer, or from its end.
- Google Forms gives no id: a respondent is known by the instant of the answer (and rank among equal ones). Its times
  are those of the sheet's owner; its own CSV download writes them as 2026/03/02 9:05:12 AM GMT+1.
- SurveyMonkey has two header rows, the second with the rows of a matrix; Qualtrics three, with the zone in the third.
- The tables that replication tools make of Qualtrics (https://fivetran.com/docs/connectors/applications/qualtrics) part
  the answers from their dates and their scales: they are refused, the export of Qualtrics itself has all three.
- Qualtrics' previews are tests, and what it takes for spam is spam.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import duckdb

from data.reading import Relation, quote
from data.sources.dating import CLOCK_FORMATS
from data.sources.looking import Look, folded
from data.sources.shapes import Fill, Shape, refusing
from data.sources.survey_questions import Question, Unclear, kind_of, plain, read_question
from data.store import ImportFailed

Plan = tuple[tuple[Fill, ...], tuple[str, ...]]
_OWN = (
    r"#|timestamp|horodateur|response ?id|responseid|respondent id|collector id|(start|end|submit|stage|recorded) ?date"
    r"( \(utc\))?|network id|response type|tags|ending|ip ?address|email address|adresse e-?mail|first name|last name"
    r"|custom data.*|status|progress|duration \(in seconds\)|finished|recipient.*|externalreference|location.*"
    r"|distributionchannel|userlanguage|.*_nps_group|score"
)
"""Columns of the tools themselves."""
_LINKS = {
    "ticket_id": r"(n(umero|°)? ?(de |du )?)?(ticket|dossier|case)( (id|number|reference))?|case number|ticket_?id",
    "customer_id": r"(id|n(umero|°)?) ?(de )?client|client|customer( id)?|customer_?id|adresse e-?mail|email( address)?"
    r"|recipientemail|externalreference",
    "agent_id": r"agent( id| name)?|conseiller|agent_?id",
}
_SURVEY = {
    "survey_id": "respondent",
    "ticket_id": "ticket_id",
    "customer_id": "customer_id",
    "agent_id": "agent_id",
    "sent_at": "began",
    "responded_at": "ended",
    "score": "score",
    "comment": "comment",
    "exclusion": "exclusion",
    "_source_updated_at": "ended",
}


def _plan(
    con: duckdb.DuckDBPyConnection,
    relation: Relation,
    *,
    respondent: str,
    began: str,
    ended: str,
    kept: str = "true",
    exclusion: str = "NULL",
    above: int = 0,
    titled: Callable[[Sequence[str], list[tuple[Any, ...]]], list[str]] | None = None,
) -> Plan:
    """The rows that a file's columns make. `kept` holds for answers, which begin `above` rows under the header;
    `titled` makes the questions' words of the header and these rows."""
    cells = ", ".join(f"c{place}" for place in range(len(relation.header)))
    rows = f"(SELECT r.*, {cells} FROM raw_records r JOIN raw_cells USING (_line) WHERE {kept})"
    tops = con.execute(f"SELECT {cells} FROM raw_cells ORDER BY _line LIMIT {above}").fetchall() if above else []
    titles = titled(relation.header, tops) if titled else list(relation.header)
    found, comments, links, left = _sorted_out(con, rows, relation.header, titles)
    others = ", ".join(f"{links.get(name, 'NULL')} AS {name}" for name in _LINKS)
    fills = tuple(
        Fill(
            "surveys",
            {**_SURVEY, **_constants(title, question)},
            sql=f"SELECT *, {respondent} AS respondent, {began} AS began, {ended} AS ended, {exclusion} AS exclusion, "
            f"{_score(place, question)} AS score, {comments.get(place, 'NULL')} AS comment, {others} "
            f"FROM {rows} WHERE nullif(score::VARCHAR, '') IS NOT NULL",
            options=_options(tops),
        )
        for place, (title, question) in found.items()
    )
    notes = [f"{title!r} is read as {_said(question)}" for title, question in found.values()]
    notes += [f"question left out: {one}" for one in left]
    if not fills:
        raise ImportFailed(f"no question of this survey is certain: {'; '.join(left) or 'it has none'}")
    return fills, tuple(notes)


def _sorted_out(
    con: duckdb.DuckDBPyConnection, rows: str, header: Sequence[str], titles: Sequence[str]
) -> tuple[dict[int, tuple[str, Question]], dict[int, str], dict[str, str], list[str]]:
    """What the columns are: questions by place, the comment of each, what links to other tables, what is left out."""
    found: dict[int, tuple[str, Question]] = {}
    comments: dict[int, str] = {}
    links: dict[str, str] = {}
    left: list[str] = []
    for place, (name, title) in enumerate(zip(header, titles, strict=True)):
        link = next((key for key, words in _LINKS.items() if re.fullmatch(words, plain(title or name))), "")
        if link and link not in links:
            links[link] = f"c{place}"
        elif not title or re.fullmatch(_OWN, folded(name)):
            continue
        elif kind_of(title) == "comment":
            if found:
                comments.setdefault(max(found), f"c{place}")
        else:
            counted = con.execute(
                f"SELECT trim(c{place}) AS a, count(*) FROM {rows} WHERE trim(c{place}) <> '' GROUP BY a LIMIT 200"
            ).fetchall()
            question = read_question(title, dict(counted))
            if isinstance(question, Unclear):
                left.append(f"{title!r}: {question.why}")
            else:
                again = sum(other == title for other, _ in found.values())
                found[place] = (f"{title} ({again + 1})" if again else title, question)
    return found, comments, links, left


def _constants(title: str, question: Question) -> dict[str, Any]:
    """The columns of a row that are the same for all answers to a question."""
    said = {
        "item": title,
        "survey_type": question.survey_type,
        "component": question.component,
        "scale_min": question.scale[0],
        "scale_max": question.scale[1],
        "higher_is_better": question.higher_is_better,
    }
    said |= {"dimension": question.dimension} if question.dimension else {}
    return {name: {"value": value} for name, value in said.items()}


def _score(place: int, question: Question) -> str:
    """SQL of the points of an answer."""
    if not question.scores:
        return rf"regexp_extract(c{place}, '^\s*(\d{{1,2}})', 1)"
    cases = " ".join(f"WHEN {quote(answer)} THEN {points}" for answer, points in question.scores.items())
    return f"CASE trim(c{place}) {cases} END"


def _said(question: Question) -> str:
    low, high = question.scale
    what = f"{question.survey_type} ({question.dimension}, {question.component})" if question.dimension else ""
    return f"{what or question.survey_type}, {low} to {high}{'' if question.higher_is_better else ', lower is better'}"


def _options(tops: list[tuple[Any, ...]]) -> dict[str, Any]:
    """How times are written; Qualtrics' third row says their zone."""
    said = re.search(r'"timeZone":\s*"([^"]+)"', " ".join(str(cell) for row in tops for cell in row))
    zone = {"timezone": "UTC" if said[1] == "Z" else said[1]} if said else {}
    return {"date_formats": list(CLOCK_FORMATS), **zone}


def _monkey_titles(header: Sequence[str], tops: list[tuple[Any, ...]]) -> list[str]:
    """A question's words stand over its first column; the second row names the rows of a matrix."""
    titles, above = [], ""
    for name, below in zip(header, tops[0] if tops else [None] * len(header), strict=True):
        above = name or above
        row = "" if plain(below or "") in ("", "response", "open-ended response", "reponse") else f" [{below}]"
        titles.append(above + row)
    return titles


def _qualtrics_titles(header: Sequence[str], tops: list[tuple[Any, ...]]) -> list[str]:
    return [str(cell or name) for name, cell in zip(header, tops[0] if tops else header, strict=True)]


def _asks(look: Look) -> bool:
    """A form's sheet: the time of the answer, then questions."""
    (header, *_) = (cells for _, cells in look.rows) if look.rows else ((),)
    if not header or folded(header[0]) not in ("timestamp", "horodateur"):
        return False
    kinds = [kind for cell in header[1:] if (kind := kind_of(cell)) not in ("", "comment")]
    return len(kinds) > 1 or bool({"nps", "ces", "csat", "fcr"}.intersection(kinds))


_APART = refusing(
    "the answers stand apart from their dates and their scales here: export the survey from Qualtrics itself (Data & "
    "Analysis, Export, CSV)"
)
_RANK = "row_number() OVER (PARTITION BY timestamp ORDER BY _line)"
SHAPES = (
    Shape(
        system="google_forms", title="Google Forms: answers", signature=("timestamp",),
        names={"timestamp": ("horodateur",)}, dates=("timestamp",), zoned=False, also=_asks,
        plan=partial(
            _plan, respondent=f"'form-' || md5(timestamp) || '-' || {_RANK}", began="timestamp", ended="timestamp",
        ),
    ),
    Shape(
        system="typeform", title="Typeform: answers", signature=("#", "submit date (utc)"),
        optional=("start date (utc)",),
        plan=partial(
            _plan, respondent="\"#\"", ended='"submit date (utc)"',
            began="coalesce(nullif(\"start date (utc)\", ''), \"submit date (utc)\")",
        ),
    ),
    Shape(
        system="surveymonkey", title="SurveyMonkey: answers",
        signature=("respondent id", "collector id", "start date", "end date"), dates=("start date", "end date"),
        zoned=False,
        plan=partial(
            _plan, respondent='"respondent id"', began='"start date"', ended='"end date"', above=1,
            kept="regexp_full_match(trim(\"respondent id\"), '\\d+')", titled=_monkey_titles,
        ),
    ),
    Shape(
        system="qualtrics", title="Qualtrics: answers",
        signature=("startdate", "enddate", "recordeddate", "responseid", "status"),
        dates=("startdate", "enddate", "recordeddate"), zoned=False,
        plan=partial(
            _plan, respondent="responseid", began="startdate", ended="recordeddate", above=2,
            kept="starts_with(responseid, 'R_')", titled=_qualtrics_titles,
            exclusion="CASE lower(status) WHEN 'survey preview' THEN 'test' WHEN '1' THEN 'test' "
            "WHEN 'spam' THEN 'spam' WHEN '8' THEN 'spam' END",
        ),
    ),
    Shape(
        system="qualtrics", title="Qualtrics: answers, replicated", plan=_APART,
        signature=("_fivetran_id", "question_id", "response_id", "question_option_key", "value"),
    ),
    Shape(
        system="qualtrics", title="Qualtrics: responses, replicated", plan=_APART,
        signature=("id", "survey_id", "recorded_date", "progress", "finished", "_fivetran_synced"),
    ),
)  # fmt: skip
