"""`vigie demo`, `vigie import` and `vigie watch`: fill the database and say what became of every row."""

from __future__ import annotations

import getpass
import signal
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import cast

import typer

from dashboard.doubts import said
from dashboard.i18n import speak
from data import history, sample, store
from data.arrivals import Delayed, Imported, Inbox, Outcome
from data.importing import FileReport, ImportReport, import_paths
from data.sources.dating import Order

_SHOWN_REJECTS = 10


def path(db: Path | None) -> Path:
    return db if db is not None else store.default_path()


def demo(db: Path, tickets: int, seed: int, until: date | None) -> None:
    """Writes the demo centre as a new database."""
    start = time.perf_counter()
    typer.echo(f"Writing a demo centre of {tickets:,} tickets to {db}")
    db.parent.mkdir(parents=True, exist_ok=True)
    store.build(db, lambda con: sample.fill(con, tickets=tickets, seed=seed, until=until))
    typer.echo(f"Done in {time.perf_counter() - start:.1f} s. Now: vigie run")


def upgrade(db: Path) -> None:
    """Brings a database of an earlier Vigie up to date, and says so."""
    try:
        if store.upgrade(db):
            typer.echo(f"{db} was written by an earlier Vigie: its derived tables were made again.")
    except store.StoreError as error:
        typer.echo(f"{db} could not be brought up to date. {error}", err=True)
        raise typer.Exit(1) from None


def import_files(
    db: Path,
    paths: Sequence[Path],
    *,
    source: str | None,
    table: str | None,
    mapping: Path | None,
    timezone: str | None,
    source_zone: str | None,
    date_order: str | None,
    dry_run: bool,
    keep_names: bool,
) -> None:
    """Imports and prints the report; a failed import changes nothing and exits with 1."""
    order = _order(date_order)
    try:
        report = import_paths(
            db,
            paths,
            source=source,
            table=table,
            mapping=mapping,
            dry_run=dry_run,
            timezone=timezone,
            source_zone=source_zone,
            date_order=order,
            author=_user(),
            keep_names=keep_names,
        )
    except store.StoreError as error:
        typer.echo(f"Nothing was imported. {error}", err=True)
        raise typer.Exit(1) from None
    for line in _report(report):
        typer.echo(line)


def watch(
    db: Path,
    folder: Path,
    *,
    every_s: float,
    mapping: Path | None,
    source_zone: str | None,
    date_order: str | None,
) -> None:
    """Imports what arrives in a folder, and says so, until it is stopped."""
    order, author = _order(date_order), _user()
    if not folder.is_dir():
        typer.echo(f"{folder} is not a folder: make it first, then let your tools write their exports there.", err=True)
        raise typer.Exit(2)

    def imported(paths: Sequence[Path]) -> ImportReport:
        return import_paths(db, paths, mapping=mapping, source_zone=source_zone, date_order=order, author=author)

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        inbox = Inbox(folder, db, imported)
        typer.echo(f"Vigie imports into {db} what arrives in {folder} (Ctrl+C stops it).")
        said = ""
        while True:
            text = "\n".join(line for outcome in inbox.look() for line in _outcome(outcome))
            if text and text != said:
                typer.echo(text)
            said = text
            time.sleep(every_s)
    except store.StoreError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        typer.echo("Stopped.")


def _outcome(outcome: Outcome) -> list[str]:
    if isinstance(outcome, Imported):
        return _report(outcome.report)
    if isinstance(outcome, Delayed):
        return [f"Not now, it will be tried again: {outcome.reason}"]
    where = f"set aside as {outcome.moved_to}" if outcome.moved_to else "left where it is"
    return [f"{outcome.file} was not imported and {where}: {outcome.reason}"]


def _order(date_order: str | None) -> Order | None:
    if date_order is None or date_order in ("dmy", "mdy"):
        return cast("Order | None", date_order)
    typer.echo(f"--date-order is dmy (02/03/2026 is 2 March) or mdy (it is February 3), not {date_order!r}", err=True)
    raise typer.Exit(2)


def undo(db: Path) -> None:
    """Undoes the last import; exits with 1 when it cannot be undone."""
    last = history.undoable(db)
    if last is None:
        typer.echo(f"{db} has no import that can be undone: only the last one can, once.", err=True)
        raise typer.Exit(1)
    try:
        gone = history.undo(db, last, _user() or "vigie")
    except store.StoreError as error:
        typer.echo(f"Nothing was undone. {error}", err=True)
        raise typer.Exit(1) from None
    files = ", ".join(dict.fromkeys(file.file for file in gone.files))
    typer.echo(f"Undone: the import of {gone.loaded_at:%Y-%m-%d %H:%M} UTC ({files}).")


def _user() -> str | None:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # no such user in this container
        return None


def _report(report: ImportReport) -> list[str]:
    speak("en")  # else the words ask a session which, and Streamlit warns that a terminal has none
    lines = ["Dry run: nothing was changed."] if report.dry_run else []
    for file in report.files:
        lines += _file(file)
    for one in report.oddities:
        lines.append(f"To check: {said(one.kind, one.table, one.column, one.rows, one.example, one.expected)}")
    if report.data_until is not None:
        lines.append(f"Data until {report.data_until:%Y-%m-%d %H:%M} UTC.")
    return lines


def _file(file: FileReport) -> list[str]:
    lines = [
        f"{file.file} -> {file.table}: {file.rows_read:,} rows read = {file.loaded:,} loaded + "
        f"{file.updated:,} updated + {file.unchanged:,} unchanged + {file.rejected:,} rejected"
    ]
    lines += [f"  note: {note}" for note in file.notes]
    for reject in file.rejects[:_SHOWN_REJECTS]:
        where = f"line {reject.line}" + (f", {reject.column}" if reject.column else "")
        lines.append(f"  rejected: {where}, value {reject.value!r}: {reject.reason}")
    if file.rejected > _SHOWN_REJECTS:
        lines.append(f"  and {file.rejected - _SHOWN_REJECTS:,} more, all in table rejects")
    return lines
