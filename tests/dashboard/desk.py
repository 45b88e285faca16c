"""Small real stores of an order desk and of a team's time, and a view opened on them as the frame does."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from html import unescape
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from dashboard import cache
from dashboard.filters import Choice, Scope, scope_of
from dashboard.periods import Preset
from kpi.model import Filter

FIRST = datetime(2026, 3, 2, 8)
HOSTILE = "<img src=x onerror=alert(1)>"
Rows = Sequence[Mapping[str, object]]


def write(path: Path, rows: Rows) -> Path:
    with path.open("w", newline="", encoding="utf-8") as out:
        writer = csv.DictWriter(out, list(dict.fromkeys(name for row in rows for name in row)))
        writer.writeheader()
        writer.writerows(rows)
    return path


def at(when: datetime) -> str:
    return f"{when:%Y-%m-%dT%H:%M:%SZ}"


def orders(count: int = 80, pending: int = 3) -> list[dict[str, object]]:
    """Orders every eight hours, decided 30 minutes and some later; the last `pending` wait, one of them urgent."""
    rows: list[dict[str, object]] = []
    for i in range(count):
        received = FIRST + timedelta(hours=8 * i)
        row: dict[str, object] = {
            "order_id": f"O{i}", "customer_id": f"C{i}", "organisation": "Maison", "team_id": "DESK",
            "channel": ("email", "edi")[i % 2], "priority": ("normal", "high")[i % 2], "received_at": at(received),
            "touchless": "true" if i % 4 == 1 else "false",
        }  # fmt: skip
        if i < count - pending:
            decided = received + timedelta(minutes=30 + i)
            row |= {"decided_at": at(decided), "decision": "rejected" if i % 10 == 0 else "approved"}
            row |= {"promised_at": at(decided + timedelta(days=2)), "delivered_at": at(decided + timedelta(days=1))}
        elif i == count - 1:
            row["priority"] = "urgent"
        rows.append(row)
    return rows


def lines(of: Rows) -> list[dict[str, object]]:
    return [
        {
            "order_id": row["order_id"], "line_no": 1, "product_id": f"P{i % 2}",
            "product_name": ("Kettle", HOSTILE)[i % 2], "quantity": 2 + i % 2, "quantity_delivered": 2,
            "amount_eur": 10 * (1 + i % 2),
        }
        for i, row in enumerate(of)
    ]  # fmt: skip


def disputes(count: int = 14) -> list[dict[str, object]]:
    """Disputes a day apart; the last two are open."""
    rows: list[dict[str, object]] = []
    for i in range(count):
        opened = FIRST + timedelta(days=i + 1)
        row: dict[str, object] = {
            "dispute_id": f"D{i}", "order_id": f"O{i}", "customer_id": f"C{i}", "team_id": "DESK",
            "cause": "Late" if i % 3 else HOSTILE, "opened_at": at(opened), "amount_eur": 100 + i,
        }  # fmt: skip
        if i < count - 2:
            row["resolved_at"] = at(opened + timedelta(days=2))
        rows.append(row)
    return rows


def calls(days: int = 60) -> list[dict[str, object]]:
    """Two answered calls a day for each of three agents of each of two teams, from early January."""
    rows: list[dict[str, object]] = []
    for day in range(days):
        for agent in range(6):
            for turn in range(2):
                offered = datetime(2026, 1, 5, 9) + timedelta(days=day, hours=agent, minutes=20 * turn)
                rows.append(
                    {
                        "interaction_id": f"I{day}-{agent}-{turn}", "channel": "phone", "direction": "inbound",
                        "offered_at": at(offered), "answered_at": at(offered + timedelta(seconds=20)),
                        "ended_at": at(offered + timedelta(seconds=320)), "outcome": "answered",
                        "talk_s": 280, "hold_s": 0, "wrap_s": 40,
                        "agent_id": f"A{agent}", "team_id": f"T{agent % 2}", "converted": "true" if turn else "false",
                    }
                )  # fmt: skip
    return rows


def agent_time(days: int = 60) -> list[dict[str, object]]:
    return [
        {
            "agent_id": f"A{agent}", "work_date": f"{datetime(2026, 1, 5) + timedelta(days=day):%Y-%m-%d}",
            "team_id": f"T{agent % 2}", "scheduled_s": 25_200, "absent_s": 25_200 if day % 20 == agent else 0,
            "paid_s": 25_200, "logged_s": 0 if day % 20 == agent else 24_000,
            "available_s": 0 if day % 20 == agent else 4_000, "handling_s": 0 if day % 20 == agent else 16_000,
        }
        for day in range(days)
        for agent in range(6)
    ]  # fmt: skip


def costs() -> list[dict[str, object]]:
    return [
        {"cost_id": f"K{month}", "month": f"2026-{month:02d}-01", "organisation": "Maison", "amount_eur": 3000 * month}
        for month in (1, 2)
    ]


def teams() -> list[dict[str, object]]:
    return [
        {"team_id": "DESK", "name": HOSTILE, "organisation": "Maison"},
        *({"team_id": f"T{i}", "name": f"Team {i}", "organisation": "Maison"} for i in range(2)),
    ]


def _script(view, lang, choice):  # type: ignore[no-untyped-def]  # Streamlit runs its source, alone
    from importlib import import_module

    from dashboard import cache, keeping
    from dashboard.filters import scope_of
    from dashboard.i18n import use

    keeping.new_run()
    use(lang)
    engine = cache.engine()
    scope = scope_of(
        choice,
        data_until=engine.data_until(),
        first_instant=engine.first_instant(),
        timezone=engine.timezone(),
        targets=cache.targets(),
    )
    import_module(f"dashboard.views.{view}").render(scope)


def page_of(
    view: str,
    lang: str = "en",
    choice: Choice | None = None,
    *,
    state: Mapping[str, Any] | None = None,
    address: Mapping[str, Any] | None = None,
) -> AppTest:
    """A view before its first run, with what a session holds already in `state` and what the address says."""
    chosen = choice or Choice(Preset.LAST_90)
    app = AppTest.from_function(_script, default_timeout=60, kwargs={"view": view, "lang": lang, "choice": chosen})
    for name, value in (state or {}).items():
        app.session_state[name] = value
    for name, value in (address or {}).items():
        app.query_params[name] = value
    return app


def opened(
    monkeypatch: pytest.MonkeyPatch,
    store: Path,
    view: str,
    lang: str = "en",
    custom: tuple[date, date] | None = None,
    filters: Iterable[tuple[str, tuple[Any, ...]]] = (),
    preset: str = "last_90",
    **page: Any,
) -> AppTest:
    """The view on a store, for a period of its own when `custom` gives one; `page` as in `page_of`."""
    monkeypatch.setenv("VIGIE_DB", str(store))
    chosen = tuple(Filter(*one) for one in filters)
    choice = Choice(Preset.CUSTOM if custom else Preset(preset), custom, filters=chosen)
    app = page_of(view, lang, choice, **page).run()
    assert not app.exception
    return app


def told(app: AppTest) -> str:
    """What the page says in words of its own."""
    return " ".join(element.value for kind in (app.html, app.caption, app.markdown) for element in kind)


def said(app: AppTest) -> str:
    """Every text of the page, tables and charts included."""
    texts = [told(app), *(box.proto.label + " ".join(box.options) for box in app.selectbox)]
    texts += [table.value.to_csv(index=False) for table in app.dataframe]
    texts += [chart.proto.spec for chart in app.get("plotly_chart")]
    return " ".join(texts)


def listed(app: AppTest) -> list[pd.DataFrame]:
    """The lists of rows of the page, as they are read."""
    found = []
    for text in (element.value for element in app.html if 'class="v-rows"' in element.value):
        heads = re.findall(r"<th scope[^>]*>(.*?)</th>", text)
        cells = [unescape(cell) for cell in re.findall(r"<td(?: [^>]*)?>(.*?)</td>", text)]
        lines = [cells[i : i + len(heads)] for i in range(0, len(cells), len(heads))]
        found.append(pd.DataFrame(lines, columns=[unescape(head) for head in heads]))
    return found


def html_of(app: AppTest) -> str:
    """What the browser reads as HTML."""
    return " ".join(element.value for element in app.html)


def scope_on(choice: Choice) -> Scope:
    """A choice on the store in use, as the frame places it."""
    store = cache.engine()
    return scope_of(
        choice,
        data_until=store.data_until(),
        first_instant=store.first_instant(),
        timezone=store.timezone(),
        targets=cache.targets(),
    )
