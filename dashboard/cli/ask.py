"""`vigie kpi`: a question in words of the command line, its answer as a table, JSON or CSV."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from data.settings import open_settings
from kpi import answer as answers
from kpi import buckets, catalog
from kpi.engines import DuckDBEngine
from kpi.errors import KpiError, QuestionError, suggest
from kpi.model import Answer, Figure, Filter, Grain, ParamValue, Period, Query, Status, Target, Value, frozen

ERRORS = (KpiError,)
_DEFAULT_DAYS = 30
_COLUMNS = ("value", "n", "numerator", "denominator", "sum", "n_missing", "n_invalid", "n_open", "ci_low", "ci_high",
            "status")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Question:
    """The options of `vigie kpi`, as typed."""

    kpi: str
    db: Path
    from_: str | None = None
    to: str | None = None
    as_of: str | None = None
    by: tuple[str, ...] = ()
    grain: str | None = None
    where: tuple[str, ...] = ()
    params: tuple[str, ...] = ()


def answered(question: Question, format_: str) -> str:
    """The answer in `format_`: table, json or csv."""
    writers = {"table": _table, "json": _json, "csv": _csv}
    if format_ not in writers:
        raise QuestionError(f"--format is table, json or csv, not {format_!r}.")
    engine = DuckDBEngine(question.db)
    query = to_query(question, engine)
    return writers[format_](query, answers.answer(query, engine)[question.kpi])


def sql_of(question: Question) -> str:
    engine = DuckDBEngine(question.db)
    return answers.sql(to_query(question, engine), question.kpi, engine)


def to_query(question: Question, engine: DuckDBEngine) -> Query:
    """The question as a `Query`; raises `QuestionError` naming the option that is wrong."""
    zone = engine.timezone()
    catalog.get(question.kpi)
    return Query(
        kpis=(question.kpi,),
        period=_period(question, engine),
        as_of=_instant(question.as_of, zone) if question.as_of else None,
        by=question.by,
        grain=_grain(question.grain),
        filters=tuple(_filter(text) for text in question.where),
        params=tuple(_param(text) for text in question.params),
        targets=_targets(question.db),
        timezone=zone,
    )


def day(text: str, option: str) -> date:
    """A local day; `QuestionError` names the option."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"{option} is a day written YYYY-MM-DD, not {text!r}.") from None


def _period(question: Question, engine: DuckDBEngine) -> Period | None:
    zone = engine.timezone()
    if (question.from_ is None) != (question.to is None):
        raise QuestionError("--from and --to go together; --to is the day after the last.")
    if question.from_ and question.to:
        first, end = day(question.from_, "--from"), day(question.to, "--to")
    elif not catalog.get(question.kpi).needs_period and question.grain is None:
        return None
    else:
        last = buckets.to_local(engine.data_until() - timedelta(microseconds=1), zone).date()
        first, end = last - timedelta(days=_DEFAULT_DAYS - 1), last + timedelta(days=1)
    return Period(buckets.to_utc(first, zone), buckets.to_utc(end, zone))


def _instant(text: str, zone: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise QuestionError(f"--as-of is an instant such as 2026-03-10T12:00, not {text!r}.") from None
    local = at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC).replace(tzinfo=None)


def _grain(text: str | None) -> Grain | None:
    if text is None:
        return None
    known = [grain.value for grain in Grain]
    if text not in known:
        raise QuestionError(f"--grain is one of {', '.join(known)}, not {text!r}.{suggest(text, known)}")
    return Grain(text)


def _filter(text: str) -> Filter:
    name, found, values = text.partition("=")
    if not found:
        raise QuestionError(f"--where is DIM=V1,V2, not {text!r}.")
    whole = name in ("hour", "weekday")
    parsed: list[Value] = []
    for value in values.split(","):
        if value == "":
            parsed.append(None)
        elif whole and not value.isdigit():
            raise QuestionError(f"{name} is a whole number, not {value!r}.")
        else:
            parsed.append(int(value) if whole else value)
    return Filter(name, tuple(parsed))


def _param(text: str) -> tuple[str, ParamValue]:
    name, found, value = text.partition("=")
    if not found:
        raise QuestionError(f"--param is NAME=VALUE, not {text!r}.")
    try:
        parsed = json.loads(value)
    except json.JSONDecodeError:
        parsed = value
    return name, frozen(parsed)


def _targets(db: Path) -> tuple[Target, ...]:
    return tuple(Target(**asdict(row)) for row in open_settings(db).targets())


# ---------------------------------------------------------------------------------------------- writers


def _shown(figure: Figure) -> dict[str, Any]:
    """The fields of a figure; a suppressed one is blanked."""
    fields = figure.as_dict()
    if figure.status is Status.SUPPRESSED:
        kept = {"n", "status", "ci_method"}
        fields = {name: value if name in kept else None for name, value in fields.items()}
    return fields


def _keyed(query: Query, answer: Answer) -> Iterator[tuple[dict[str, Any], Figure]]:
    names = _key_names(query, answer)
    for figure in answer.rows:
        yield dict(zip(names, (_key(key, query) for key in figure.keys), strict=True)), figure


def _key_names(query: Query, answer: Answer) -> list[str]:
    names = [*query.by, *([query.grain.value] if query.grain else [])]
    if answer.rows and len(answer.rows[0].keys) > len(names):
        names.append("class")
    return names


def _key(key: Any, query: Query) -> Any:
    if isinstance(key, datetime):
        zone = ZoneInfo(query.timezone)
        return key.replace(tzinfo=UTC).astimezone(zone).isoformat()
    return key.isoformat() if isinstance(key, date) else key


def _json(query: Query, answer: Answer) -> str:
    document = {
        "kpi": answer.kpi,
        "as_of": answer.as_of.isoformat() + "Z",
        "period": _iso(query.period),
        **_shown(answer.total),
        "rows": [{**keys, **_shown(figure)} for keys, figure in _keyed(query, answer)],
    }
    if answer.needs:
        document["needs"] = list(answer.needs)
    return json.dumps(document, ensure_ascii=False, indent=2, default=str)


def _iso(period: Period | None) -> dict[str, str] | None:
    return {"start": period.start.isoformat() + "Z", "end": period.end.isoformat() + "Z"} if period else None


def _flat(figure: Figure) -> dict[str, Any]:
    fields = _shown(figure)
    low, high = fields.get("ci") or (None, None)
    return {**fields, "ci_low": low, "ci_high": high}


def _lines(query: Query, answer: Answer) -> tuple[list[str], list[list[Any]]]:
    names = _key_names(query, answer)
    rows = [
        [*keys.values(), *(_flat(figure).get(column) for column in _COLUMNS)] for keys, figure in _keyed(query, answer)
    ]
    label = ["total", *[""] * (len(names) - 1)] if names else []
    total = [*label, *(_flat(answer.total).get(column) for column in _COLUMNS)]
    return [*names, *_COLUMNS], [*rows, total]


def _csv(query: Query, answer: Answer) -> str:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    header, rows = _lines(query, answer)
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().rstrip("\n")


def _table(query: Query, answer: Answer) -> str:
    if answer.needs:
        return f"{answer.kpi}: no data, needs {', '.join(answer.needs)}."
    header, rows = _lines(query, answer)
    texts = [header, *([_text(value) for value in row] for row in rows)]
    widths = [max(len(row[i]) for row in texts) for i in range(len(header))]
    return "\n".join("  ".join(text.rjust(width) for text, width in zip(row, widths, strict=True)) for row in texts)


def _text(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value)
