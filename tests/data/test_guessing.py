"""An export that nobody described: what is guessed of it, and what is never guessed."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path
from threading import Event, Thread

import duckdb
import pytest

from data import trying
from data.importing import Cancelled, File, Watch, import_files, import_paths
from data.previewing import preview
from data.schema import CANONICAL
from data.sources.dating import Order
from data.sources.guessing import word_for
from data.sources.mapping import checked
from data.sources.saved import folder_of, save, written
from data.sources.vocabulary import COLUMNS, VALUES
from data.store import ImportFailed
from data.trying import Choices, Trial

DESK = (
    "Export du 13/05/2026;;;;;;;\n"
    "N° demande;Date de création;Canal d'entrée;Motif de contact;État;Priorité;Conseiller;Date de clôture\n"
    "1;03/04/2026 10:00;Mail;Livraison;Clos;Haute;Zoé;05/04/2026 11:00\n"
    "2;04/04/2026 10:05;Tél.;Livraison;En cours;Normale;Ana;-\n"
    "3;05/04/2026 09:00;Pigeon;Facture;En cours;Basse;Ana;-\n"
)
CALLS = (
    "Date appel,Appelant,File,Agent,Statut,Durée conversation (min)\n"
    '13/04/2026 10:00,0600000000,SAV,Zoé,Décroché,"4,5"\n'
    '14/04/2026 10:05,0600000001,SAV,,Abandonné,"0,0"\n'
)
SURVEY = (
    'Répondu le,"De 0 à 10, recommanderiez-vous notre service ?",Pourquoi ?\n'
    "2026-04-13 10:00:01,9,parfait\n2026-04-13 11:00:01,0,nul\n"
)


@pytest.fixture(autouse=True)
def _underived(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.derive.derive", lambda con, timezone, part=False: None)


def tried(folder: Path, text: str, name: str = "export.csv") -> Trial:
    path = folder / name
    path.write_text(text, encoding="cp1252")
    trial = trying.examine(path, folder / "v.duckdb", "Europe/Paris")
    assert trial.kind == "unknown", trial
    return trial


def settled(trial: Trial, order: Order | None = None, **more: object) -> Choices:
    """The proposal as it stands, unknown words left out."""
    found = trying.proposal(trial)
    columns = {guess.column: guess.source for guess in found.guesses if guess.source}
    words = {name: trying.words_of(trial, found.table, name, source) for name, source in columns.items()}
    return replace(
        Choices(
            found.table,
            columns,
            {name: value for name, value in found.constants.items() if value},
            {name: trying.unit_in(trial, name, source) for name, source in columns.items() if name.endswith("_s")},
            {name: known for name, known in words.items() if known},
            found.generate,
            order or trying.order_in(trial, found.table, columns)[1],
            "Europe/Paris",
        ),
        **more,  # type: ignore[arg-type]
    )


def test_a_french_help_desk_is_understood_below_its_title(tmp_path: Path) -> None:
    trial = tried(tmp_path, DESK)
    found = trying.proposal(trial)
    assert (found.table, found.constants, found.generate) == ("tickets", {}, ())
    assert {guess.column: guess.source for guess in found.guesses if guess.source} == {
        "ticket_id": "N° demande", "created_at": "Date de création", "channel": "Canal d'entrée",
        "request_type": "Motif de contact", "status": "État", "priority": "Priorité", "agent_id": "Conseiller",
        "resolved_at": "Date de clôture",
    }  # fmt: skip
    assert all(0.7 <= guess.confidence <= 1 for guess in found.guesses if guess.source)
    assert trial.dialect.skip_rows == 1 and trial.dialect.delimiter == ";"


def test_a_list_of_calls_is_no_list_of_tickets(tmp_path: Path) -> None:
    found = trying.proposal(tried(tmp_path, CALLS))
    assert found.table == "interactions"
    assert found.source_of("outcome") == "Statut" and found.source_of("talk_s") == "Durée conversation (min)"
    assert found.generate == ("interaction_id",)
    assert found.constants == {"channel": "phone", "direction": ""}, "the direction is asked, never guessed"


def test_a_question_of_a_form_is_a_score_on_its_scale(tmp_path: Path) -> None:
    found = trying.proposal(tried(tmp_path, SURVEY))
    assert (found.table, found.constants["survey_type"], found.constants["scale_max"]) == ("surveys", "nps", "10")
    assert found.source_of("sent_at") == found.source_of("responded_at") == "Répondu le"


def test_a_file_of_nothing_known_is_proposed_without_a_guess(tmp_path: Path) -> None:
    found = trying.proposal(tried(tmp_path, "foo,bar\nx,y\nz,t\n"))
    assert not [guess for guess in found.guesses if guess.source]


@pytest.mark.parametrize(
    ("dates", "order"),
    [
        (("03/04/2026", "05/06/2026"), None),
        (("03/04/2026", "13/06/2026"), "dmy"),
        (("03/04/2026", "06/13/2026"), "mdy"),
        (("13/04/2026", "06/13/2026"), None),
    ],
)
def test_the_order_of_a_date_is_proven_or_asked_never_guessed(
    tmp_path: Path, dates: tuple[str, ...], order: str | None
) -> None:
    lines = "".join(f"{i},{date} 10:00,mail,open\n" for i, date in enumerate(dates))
    trial = tried(tmp_path, "Ticket number,Created,Channel,Status\n" + lines)
    assert trying.order_in(trial, "tickets", {"created_at": "Created"}) == (True, order)


def test_a_proof_far_down_the_file_counts(tmp_path: Path) -> None:
    lines = "".join(f"{i},0{1 + i % 9}/0{1 + i % 7}/2026 10:{i % 60:02}:{i // 60:02},mail,open\n" for i in range(1500))
    trial = tried(tmp_path, "Ticket number,Created,Channel,Status\n" + lines + "x,31/01/2026 10:00:00,mail,open\n")
    assert trying.order_in(trial, "tickets", {"created_at": "Created"}) == (True, "dmy")


@pytest.mark.parametrize(
    ("time", "asked"),
    [
        ("2026-04-03 10:00", True),
        ("2026-04-03T10:00:00Z", False),
        ("2026-04-03 10:00+02:00", False),
        ("2026-04-03", False),
    ],
)
def test_a_time_without_a_zone_asks_for_it(tmp_path: Path, time: str, asked: bool) -> None:
    trial = tried(tmp_path, f"Ticket number,Created,Channel,Status\n1,{time},mail,open\n")
    assert trying.lacks_zone(trial, "tickets", {"created_at": "Created"}) == asked


@pytest.mark.parametrize(
    ("table", "column", "word", "value"),
    [
        ("tickets", "channel", "E-mail", "email"),
        ("tickets", "channel", "Téléphone", "phone"),
        ("tickets", "channel", "Formulaire WEB", "web_form"),
        ("tickets", "channel", "Pigeon", None),
        ("orders", "channel", "Télécopie", "fax"),
        ("tickets", "status", "En attente du client", "pending"),
        ("tickets", "status", "Résolue", "solved"),
        ("tickets", "priority", "3 - Moderate", "normal"),
        ("interactions", "outcome", "Décroché", "answered"),
        ("interactions", "outcome", "Non décroché", "abandoned"),
        ("interactions", "direction", "Appel entrant", "inbound"),
    ],
)
def test_words_of_both_languages_find_their_value(table: str, column: str, word: str, value: str | None) -> None:
    (found,) = [one for one in CANONICAL if one.name == table]
    assert word_for(table, found.column(column), word) == value


def test_every_word_known_is_written_as_it_is_looked_for_and_stands_for_a_real_column() -> None:
    by_name = {table.name: table for table in CANONICAL}
    for table, columns in COLUMNS.items():
        for column, words in columns.items():
            assert by_name[table].column(column)
            assert all(word == " ".join(word.split()) and word.isascii() for word in words.split("|")), words
    for name, values in VALUES.items():
        column = name.rpartition(".")[2]
        real = {v for table in CANONICAL for one in table.columns if one.name == column for v in one.values}
        assert set(values) <= real, name


def test_the_preview_says_what_would_be_rejected_and_writes_nothing(tmp_path: Path) -> None:
    trial, db = tried(tmp_path, DESK), tmp_path / "v.duckdb"
    source = trying.mapped(trying.mapping_of(trial, settled(trial, "dmy"), "desk"), "desk", db)
    seen = preview(File(trial.name, trial.path, source), db)
    (report,) = seen.reports
    assert (report.rows_read, report.loaded, report.rejected) == (3, 2, 1)
    assert [(reject.line, reject.column, reject.value) for reject in report.rejects] == [(5, "channel", "Pigeon")]
    rows = seen.rows["tickets"].set_index("ticket_id")
    assert str(rows.loc["1", "created_at"]) == "2026-04-03 08:00:00"
    assert (rows.loc["1", "channel"], rows.loc["2", "channel"], rows.loc["2", "status"]) == ("email", "phone", "open")
    assert rows.loc["1", "agent_id"] != "Zoé", "names leave at the door"
    assert not db.exists()


def test_commas_and_minutes_are_read(tmp_path: Path) -> None:
    trial = tried(tmp_path, CALLS)
    chosen = settled(trial)
    mapping = trying.mapping_of(trial, replace(chosen, constants={**chosen.constants, "direction": "inbound"}), "acd")
    db = tmp_path / "v.duckdb"
    seen = preview(File("calls", trial.path, trying.mapped(mapping, "acd", db)), db)
    rows = seen.rows["interactions"].set_index("outcome")
    assert (rows.loc["answered", "talk_s"], rows.loc["abandoned", "talk_s"]) == (270, 0)


def test_a_mapping_that_lacks_something_says_what(tmp_path: Path) -> None:
    trial = tried(tmp_path, CALLS)
    with pytest.raises(ImportFailed, match=r"interactions\.direction"):
        trying.mapped(trying.mapping_of(trial, settled(trial), "acd"), "acd", tmp_path / "v.duckdb")


def test_a_saved_mapping_reads_the_next_file_of_the_same_columns_by_itself(tmp_path: Path) -> None:
    trial, db = tried(tmp_path, DESK), tmp_path / "v.duckdb"
    mapping = trying.mapping_of(trial, settled(trial, "dmy"), "Desk « A »")
    path = save(db, "Desk « A »", mapping)
    assert path.parent == folder_of(db) and tomllib.loads(path.read_text("utf-8"))["columns"] == mapping["columns"]
    later = tmp_path / "may.csv"
    later.write_text(DESK.partition("\n")[2].replace("Pigeon", "mail"), encoding="utf-8")  # no title, another encoding
    assert trying.examine(later, db, "UTC").kind == "mapping"
    report = import_paths(db, [later]).files[0]
    assert (report.table, report.rows_read, report.loaded) == ("tickets", 3, 3)
    with duckdb.connect(str(db), read_only=True) as con:
        assert con.execute("SELECT source FROM imports").fetchall() == [("Desk « A »",)]
    later.write_text("Autre;" + DESK.partition("\n")[2], encoding="utf-8")
    assert trying.examine(later, db, "UTC").kind == "unknown"


@pytest.mark.parametrize("name", ["", " ", "...", "x" * 61, "/"])
def test_a_mapping_needs_a_name_of_its_own(tmp_path: Path, name: str) -> None:
    trial = tried(tmp_path, DESK)
    with pytest.raises(ValueError, match="name"):
        save(tmp_path / "v.duckdb", name, trying.mapping_of(trial, settled(trial, "dmy"), "x"))


def test_no_name_writes_outside_the_folder_of_mappings(tmp_path: Path) -> None:
    trial, db = tried(tmp_path, DESK), tmp_path / "v.duckdb"
    path = save(db, "../../etc/passwd\0", trying.mapping_of(trial, settled(trial, "dmy"), "x"))
    assert path.resolve().parent == folder_of(db).resolve()


def test_any_text_survives_being_saved() -> None:
    odd = 'a"b\\c\n\t=[x]#é\x7f\u2028😀'
    given = {
        "table": "topics", "columns": {"topic": odd, "keywords": {"value": odd}}, "null_values": [odd],
        "values": {"topic": {odd: "x"}},
    }  # fmt: skip
    assert tomllib.loads(written(given)) == given
    checked(tomllib.loads(written(given)), Path("odd"))


def test_files_of_ours_and_files_of_no_kind_are_told(tmp_path: Path) -> None:
    ours = tmp_path / "anything.csv"
    ours.write_text("ticket_id,created_at,channel,status\n1,2026-03-02T08:30:00Z,email,open\n")
    trial = trying.examine(ours, tmp_path / "v.duckdb", "UTC")
    assert (trial.kind, trial.tables) == ("canonical", ("tickets",))
    named = tmp_path / "tickets.csv"
    named.write_text("Number,Created,Channel,Status\n1,2026-03-02T08:30:00Z,email,open\n")
    assert trying.examine(named, tmp_path / "v.duckdb", "UTC").kind == "unknown", "a name does not make a table"
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"not a workbook")
    trial = trying.examine(broken, tmp_path / "v.duckdb", "UTC")
    assert trial.kind == "unreadable" and "broken.xlsx" in trial.error


@pytest.mark.parametrize("when", ["before", "while it derives", "between two statements"])
def test_a_cancelled_import_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str) -> None:
    ours, db = tmp_path / "tickets.csv", tmp_path / "v.duckdb"
    ours.write_text("ticket_id,created_at,channel,status\n1,2026-03-02T08:30:00Z,email,open\n")
    trial = trying.examine(ours, db, "UTC")
    watch, over = Watch(), Event()
    if when == "before":
        watch.stop()

    def endless(con: duckdb.DuckDBPyConnection, timezone: str, *, part: bool = False) -> None:
        Thread(target=stopping, daemon=True).start()
        con.execute("SELECT count(*) FROM range(1000000000000) AS a(i), range(1000000) AS b(j) WHERE i * j = 7")

    def stopping() -> None:
        while not over.wait(0.05):
            watch.stop()

    def idle(con: duckdb.DuckDBPyConnection, timezone: str, *, part: bool = False) -> None:
        watch.stop()  # no statement of this connection is under way: it has nothing to interrupt

    monkeypatch.setattr("data.derive.derive", idle if when == "between two statements" else endless)
    with pytest.raises(Cancelled):
        import_files(db, [File("tickets.csv", ours, trying.source_of(trial, db, "UTC"))], watch=watch)
    over.set()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["tickets.csv", "v.duckdb.lock"]
