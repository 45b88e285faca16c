"""Data quality on small real stores: no row of a file is lost from sight, and what is missing is named."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest

from dashboard.i18n import use
from dashboard.reasons import reason
from data.checking import FORMS
from data.importing import import_paths
from kpi.answer import answer
from kpi.engines import DuckDBEngine
from kpi.model import Grain, Period, Query
from kpi.provenance import files, past, rejects, waiting
from tests.dashboard.desk import HOSTILE, calls, disputes, html_of, opened, orders, said, write

LANGUAGES = ("en", "fr")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Name -> store: `twice` read one file of orders, then a longer one with two bad lines; `clean` read calls."""
    folder = tmp_path_factory.mktemp("quality")
    came = orders()
    path = write(folder / "orders.csv", came[:60])
    import_paths(folder / "twice.duckdb", [path])
    bad = [came[60] | {"order_id": "BAD", "channel": HOSTILE}, came[61] | {"order_id": "WHEN", "received_at": "soon"}]
    changed = came[0] | {"touchless": "true"}
    write(path, [changed, *came[1:], *bad])
    write(folder / "disputes.csv", [row | {"cause": ""} if i < 4 else row for i, row in enumerate(disputes())])
    import_paths(folder / "twice.duckdb", [path, folder / "disputes.csv"])
    import_paths(folder / "clean.duckdb", [write(folder / "interactions.csv", calls())])
    return {name: folder / f"{name}.duckdb" for name in ("twice", "clean")}


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("store", ["twice", "clean"])
@pytest.mark.parametrize("custom", [None, (date(2020, 1, 6), date(2020, 1, 6)), (date(2190, 1, 4), date(2190, 1, 4))])
def test_the_page_is_drawn_in_every_state(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], store: str, custom: object, lang: str
) -> None:
    text = said(opened(monkeypatch, stores[store], "data_quality", lang, custom=custom))
    assert {"en": "Data quality", "fr": "Qualité des données"}[lang] in text
    assert "could not be drawn" not in text


def test_every_row_read_is_loaded_updated_unchanged_or_rejected(stores: dict[str, Path]) -> None:
    read = files(DuckDBEngine(stores["twice"])).sort_values("rows_read")  # two may be loaded in one second
    assert list(read["rows_read"]) == [14, 60, 82]
    assert list(read["rejected"]) == [0, 0, 2]
    assert (read["updated"].iloc[2], read["unchanged"].iloc[2], read["loaded"].iloc[2]) == (1, 59, 20)
    assert read["accounted"].all()


def test_the_sentence_adds_up(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    text = html_of(opened(monkeypatch, stores["twice"], "data_quality"))
    assert "<b>156</b> rows were read: 94 new, 1 updated, 59 already there, <b>2</b> rejected." in text
    assert "every row accounted for" in text


def test_a_file_that_does_not_add_up_is_said(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    from dashboard import cache

    read = files(DuckDBEngine(stores["twice"]))
    monkeypatch.setattr(cache, "imported_files", lambda _within=None: read.assign(accounted=[False, True, True]))
    assert "1 file does not add up" in html_of(opened(monkeypatch, stores["twice"], "data_quality"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_rejected_row_says_where_it_is_and_why(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path], lang: str
) -> None:
    refused = rejects(DuckDBEngine(stores["twice"]))
    assert list(zip(refused["line"], refused["column_name"], strict=True)) == [(82, "channel"), (83, "received_at")]
    app = opened(monkeypatch, stores["twice"], "data_quality", lang)
    shown = next(
        table.value
        for table in app.dataframe
        if len(table.value.columns) == 6 and "soon" in set(table.value.iloc[:, 3])
    )
    assert set(shown.iloc[:, 3]) == {HOSTILE, "soon"}
    reasons = set(shown.iloc[:, 4])
    assert any({"en": "write an instant", "fr": "écrivez un instant"}[lang] in text for text in reasons)
    assert any({"en": "not a known value", "fr": "valeur inconnue"}[lang] in text for text in reasons)
    assert HOSTILE not in html_of(app)


def test_no_reject_is_said(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    assert "No row was rejected." in html_of(opened(monkeypatch, stores["clean"], "data_quality"))


def test_a_limit_keeps_the_first_rejects_only(stores: dict[str, Path]) -> None:
    assert len(rejects(DuckDBEngine(stores["twice"]), 1)) == 1


def test_what_a_kpi_leaves_out_is_what_it_answers(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    engine = DuckDBEngine(stores["twice"])
    period = Period(engine.first_instant(), engine.data_until())
    total = answer(Query(("dispute_causes",), period, timezone=engine.timezone()), engine)["dispute_causes"].total
    assert (total.n, total.n_missing) == (10, 4)
    app = opened(monkeypatch, stores["twice"], "data_quality", preset="all", state={"open-quality-left-out": True})
    text = html_of(app)
    assert "Dispute causes leaves out 28.6% of its values" in text
    rows = next(table.value for table in app.dataframe if "Share left out" in table.value)
    row = rows.set_index("KPI").loc["Dispute causes"]
    assert (row["Counted"], row["Without the value"], row["Share left out"]) == ("10", "4", "28.6%")


def test_what_was_never_imported_is_named_with_what_it_brings(
    monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]
) -> None:
    found = waiting(DuckDBEngine(stores["clean"]))
    assert "absenteeism_rate" in found[("agent_time",)]
    assert ("interactions",) not in found
    rows = next(
        table.value
        for table in opened(monkeypatch, stores["clean"], "data_quality").dataframe
        if "What it brings" in table.value
    )
    brought = dict(zip(rows["Export to import"], rows["What it brings"], strict=True))
    assert "Absenteeism rate" in brought["agent time"]
    assert sum(rows["KPIs"]) == sum(map(len, found.values()))


@pytest.mark.parametrize(("kind", "form"), FORMS.items())
def test_every_form_of_a_value_is_said_in_french(kind: str, form: str) -> None:
    use("fr")
    try:
        assert kind == "TEXT" or reason(f"write {form}") != f"write {form}"
        assert reason("required and empty: fill it in; odd rule") == "obligatoire et vide\u00a0: à remplir; odd rule"
    finally:
        use("en")


@pytest.mark.parametrize(
    ("lang", "sentence"),
    [
        ("en", "disputes, 1 row: Resolution (resolved_at) comes before the beginning: is the date right? (D1)"),
        ("fr", "litiges, 1 ligne\u00a0: Résolution (resolved_at) précède le début\u00a0: la date est-elle juste"),
    ],
)
def test_what_looks_odd_in_an_import_stays_in_sight(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, lang: str, sentence: str
) -> None:
    file = tmp_path / "disputes.csv"
    file.write_text("dispute_id,opened_at,resolved_at\nD1,2026-03-02T08:00:00Z,2026-03-01T08:00:00Z\n")
    import_paths(tmp_path / "v.duckdb", [file])
    assert sentence in said(opened(monkeypatch, tmp_path / "v.duckdb", "data_quality", lang))


def test_a_store_from_before_the_warnings_still_opens(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    db = tmp_path / "v.duckdb"
    import_paths(db, [write(tmp_path / "interactions.csv", calls())])
    with duckdb.connect(str(db)) as con:
        con.execute("DROP TABLE warnings")
    assert "Data quality" in said(opened(monkeypatch, db, "data_quality"))


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four imports: on the 2nd (two), the 3rd and the 5th of March; one row refused, two odd; then a fall."""
    folder = tmp_path_factory.mktemp("many")
    db = folder / "v.duckdb"
    rows = [{"dispute_id": f"D{i}", "opened_at": "2026-02-02T08:00:00Z", "resolved_at": ""} for i in range(6)]
    backwards = [row | {"resolved_at": "2026-02-01T08:00:00Z"} for row in rows[:2]]
    broken = [row | {"dispute_id": "X", "opened_at": "soon"} for row in rows[:1]]
    for part in (backwards, rows[2:4], [*rows[2:5], *broken], rows):
        import_paths(db, [write(folder / "disputes.csv", part)])
    with duckdb.connect(str(db)) as con:
        days = ("2026-03-02 08:00", "2026-03-02 22:30", "2026-03-03 23:30", "2026-03-05 08:00")
        ids = [row[0] for row in con.execute("SELECT import_id FROM imports ORDER BY rowid").fetchall()]
        for import_id, at in zip(ids, days, strict=True):
            con.execute("UPDATE imports SET loaded_at = ? WHERE import_id = ?", [at, import_id])
        con.execute(
            "INSERT INTO warnings VALUES (?, 'disputes', 'volume_fall', 'opened_at', 9, 40, '2026-03-05')", [ids[-1]]
        )
    return db


def test_imports_through_time_are_counted_on_local_days_and_no_day_is_skipped(many: Path) -> None:
    grain, rows = past(DuckDBEngine(many), "Europe/Paris")
    assert grain is Grain.DAY
    assert [str(day) for day in rows["bucket"]] == ["2026-03-02", "2026-03-03", "2026-03-04", "2026-03-05"]
    found = {name: list(rows[name]) for name in rows.columns[1:]}
    # The third import, on the 3rd at 23:30 UTC, is of the 4th in Paris; of the last one, two rows changed back.
    assert found == {
        "imports": [2, 0, 1, 1],
        "rows_read": [4, 0, 4, 6],
        "went_in": [4, 0, 1, 3],
        "unchanged": [0, 0, 2, 3],
        "rejected": [0, 0, 1, 0],
        "to_check": [2, 0, 0, 0],
    }
    assert (rows["rows_read"] == rows["went_in"] + rows["unchanged"] + rows["rejected"]).all()


@pytest.mark.parametrize(
    ("days", "grain", "buckets"),
    [
        (["2026-03-02", "2026-03-09", "2026-03-16"], Grain.WEEK, 3),
        (["2026-01-05", "2026-02-20", "2026-04-01"], Grain.MONTH, 4),
        (["1999-01-05", "2026-04-01"], Grain.YEAR, 28),
    ],
)
def test_imports_that_come_seldom_are_not_drawn_among_days_of_zero(
    tmp_path: Path, many: Path, days: list[str], grain: Grain, buckets: int
) -> None:
    db = tmp_path / "v.duckdb"
    db.write_bytes(many.read_bytes())
    with duckdb.connect(str(db)) as con:
        ids = [row[0] for row in con.execute("SELECT import_id FROM imports ORDER BY rowid").fetchall()]
        for rank, import_id in enumerate(ids):
            con.execute("UPDATE imports SET loaded_at = ? WHERE import_id = ?", [days[rank % len(days)], import_id])
    found, rows = past(DuckDBEngine(db), "UTC")
    assert (found, len(rows), rows["rows_read"].sum()) == (grain, buckets, 14)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_report_is_shown_through_time(monkeypatch: pytest.MonkeyPatch, many: Path, lang: str) -> None:
    app = opened(monkeypatch, many, "data_quality", lang, state={"open-quality-past": True})
    text = html_of(app)
    assert {"en": "What 4 imports brought", "fr": "Ce qu’ont apporté 4 imports"}[lang] in text
    share = {"en": "7.1% of the rows read were rejected", "fr": "7,1\u00a0% des lignes lues ont été rejetées"}[lang]
    assert share in text
    rows = next(table.value for table in app.dataframe if len(table.value.columns) == 7)
    assert list(rows.iloc[0])[1:] == ["1", "6", "3", "3", "0", "0"]
    assert list(rows.iloc[3])[1:] == ["2", "4", "4", "0", "0", "2"]


def test_a_day_of_the_line_opens_the_files_that_came_in_it(monkeypatch: pytest.MonkeyPatch, many: Path) -> None:
    click = {"opened_by_a_click": ("quality-past", {"point_index": 0, "customdata": [0]})}
    app = opened(monkeypatch, many, "data_quality", state=click)
    assert not app.exception
    sizes = [len(table.value) for table in app.dataframe if "Adds up" in table.value]
    assert sorted(sizes) == [2, 4]


def test_one_moment_alone_is_no_line(monkeypatch: pytest.MonkeyPatch, stores: dict[str, Path]) -> None:
    assert "import brought" not in html_of(opened(monkeypatch, stores["clean"], "data_quality"))
