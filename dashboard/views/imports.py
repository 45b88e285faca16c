"""Import: files dropped, recognised, corrected, looked at, loaded, accounted for; and the last import undone."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from dashboard import cache, importing_form, importing_past, page, reasons, words
from dashboard import format as fmt
from dashboard.doubts import said
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.importing_form import kept
from dashboard.importing_past import REPORT, SAID, WHO, busy, grid
from dashboard.kinds_of_files import title_of
from dashboard.periods import to_local
from data import history, store, trying
from data.importing import Cancelled, File, FileReport, ImportReport, Watch, import_files
from data.kinds import SUFFIXES
from data.oddities import Oddity
from data.previewing import Preview, preview
from data.sources.dating import Order
from data.sources.own_words import Words, keep, merged, words_for
from data.sources.saved import save
from data.trying import Trial

_SHOWN_REJECTS = 10
_TURN, _BOX, _WORK = "imports-turn", "imports-box", "imports-work"


@dataclass(frozen=True, slots=True)
class _Ready:
    """A file that can be loaded; `mapping` is to be saved under `name` with it, or `words` for the `system`."""

    file: File
    name: str = ""
    mapping: dict[str, object] | None = None
    system: str = ""
    words: Words | None = None


def render(scope: Scope | None) -> None:
    db = cache.database()
    zone = scope.timezone if scope else store.zone_of(db)
    page.header(_("Import"), _lead())
    _settle_what_was_left()
    said = st.session_state.pop(SAID, None)
    if said:
        page.notice(*said)
    _report(db)
    ready, waiting = _files(db, zone)
    if ready or waiting:
        _load(db, ready, waiting)
    importing_past.panel(db, ZoneInfo(zone))


def _lead() -> str:
    return _("Drop your exports: each is recognised and shown, and <b>nothing is loaded before you say so</b>.")


# The files dropped


def _files(db: Path, zone: str) -> tuple[list[_Ready], int]:
    """The files that can be loaded, and how many still wait for an answer."""
    with page.panel(
        _("Drop one or many files"),
        _("Exports of your tools, or tables of your own. Nothing leaves this machine."),
        key="imports-drop",
    ):
        dropped = st.file_uploader(
            _("Files"),
            type=[suffix.removeprefix(".") for suffix in SUFFIXES],
            accept_multiple_files=True,
            key=f"imports-files-{st.session_state.get(_TURN, 0)}",
            label_visibility="collapsed",
        )
    ready: list[_Ready] = []
    said: dict[str, Words] = {}
    waiting = 0
    for upload in dropped or ():
        for rank, trial in enumerate(kept((upload.file_id, "trial"), partial(_examined, upload, db, zone))):
            found = _panel(trial, f"{upload.file_id}-{rank}" if rank else upload.file_id, db, zone, said)
            if found:
                ready.append(found)
            waiting += found is None and trial.kind != "unreadable"
    return ready, waiting


def _examined(upload: UploadedFile, db: Path, zone: str) -> list[Trial]:
    """The file on the disk, in a folder that goes with the session, and what it is, or what each file in it is."""
    box = st.session_state.setdefault(_BOX, TemporaryDirectory(prefix="vigie-import-"))
    name = Path(upload.name).name
    path = Path(box.name, upload.file_id, name)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(upload.getbuffer())
    with st.spinner(_("Looking at {file}").format(file=words.plain(name))):
        return trying.examine_all(path, db, zone, name)


def _panel(trial: Trial, name: str, db: Path, zone: str, said: dict[str, Words]) -> _Ready | None:
    """One file: what it is and why, what to correct, what would become of its rows. `said` are the words matched so
    far, by system."""
    with page.panel(trial.name, _recognised(trial), key=f"imports-{name}"):
        if trial.kind == "unreadable":
            why = words.html(reasons.said(trial.error))
            page.notice(_("This file cannot be read, and will be left out: {why}").format(why=why), "warning")
            return None
        if trial.because:
            st.html(f'<p class="v-n">{_because(trial)}</p>')
        mine = trial.kind == "mapping" and st.toggle(_("Correct this mapping"), key=f"imports-{name}-correct")
        if mine or trial.kind == "unknown":
            return _unknown(trial, name, db, zone)
        return _known(trial, name, db, zone, said)


def _recognised(trial: Trial) -> str:
    tables = words.html(words.exports(trial.tables))
    name = words.html(title_of(trial.title) if trial.kind == "system" else trial.title)
    match trial.kind:
        case "system":
            said = _("Recognised: <b>{name}</b>").format(name=name)
            return said + (" · " + _("fills {tables}").format(tables=tables) if tables else "")
        case "mapping":
            return _("Read with your mapping <b>{name}</b>, made for these columns · fills {tables}").format(
                name=name, tables=tables
            )
        case "canonical":
            return _("Recognised: <b>{tables}</b>, in Vigie’s own columns").format(tables=tables)
        case "unknown":
            return _("Not a file that Vigie knows: <b>check what its columns are</b>, once for all files like it")
    return _("Not readable")


def _because(trial: Trial) -> str:
    shown = ", ".join(trial.because[:8]) + (f" +{len(trial.because) - 8}" if len(trial.because) > 8 else "")
    return _("Because it has {columns}").format(columns=words.html(shown))


def _known(trial: Trial, name: str, db: Path, zone: str, said: dict[str, Words]) -> _Ready | None:
    local = importing_form.zone_of(name, zone) if trial.asks_zone else zone
    order: Order | None = None
    seen = _preview(trial, name, ("known", local, None), lambda: trying.source_of(trial, db, local), db)
    if seen[1].asks_order:
        order = importing_form.order_of(name, "03/04/2026")
        if order is None:
            return None
        seen = _preview(trial, name, ("known", local, order), lambda: trying.source_of(trial, db, local, order), db)
    words: Words | None = None
    if seen[1].words:
        before = said.get(trial.system, {})
        said[trial.system] = words = importing_form.own_words(trial, seen[1].words, db, name, before)
        seen = _preview(
            trial, name, ("known", local, order, repr(words)),
            lambda: trying.source_of(trial, db, local, order, merged(words_for(db, trial.system), words)), db,
        )  # fmt: skip
    file, found = seen
    return _Ready(file, system=trial.system, words=words) if _seen(found, ZoneInfo(zone)) and file else None


def _unknown(trial: Trial, name: str, db: Path, zone: str) -> _Ready | None:
    settled = importing_form.form(trial, name, zone)
    before = trial.title or Path(trial.name).stem[:60]
    own = st.text_input(
        _("Name of this mapping"), before, key=f"imports-{name}-own", max_chars=60, width=340,
        help=_("It is kept under this name, and used by itself for the next files with the same columns."),
    )  # fmt: skip
    missing = list(settled.open) + ([] if own.strip() else [_("Give the mapping a name.")])
    importing_form.open_points(missing)
    if missing:
        return None
    mapping = trying.mapping_of(trial, settled.choices, own.strip())
    file, found = _preview(trial, name, repr(mapping), lambda: trying.mapped(mapping, own, db), db)
    return _Ready(file, own.strip(), mapping) if _seen(found, ZoneInfo(zone)) and file else None


# What would become of the rows


def _preview(trial: Trial, name: str, asked: object, source: object, db: Path) -> tuple[File | None, Preview]:
    """The file with what reads it, and its rows tried beside the store; once for each way of reading and each store."""
    assert callable(source)

    def tried() -> tuple[File | None, Preview]:
        try:
            file = File(trial.name, trial.path, source())
        except store.StoreError as error:
            return None, Preview(error=str(error))
        with st.spinner(_("Reading {file}").format(file=words.plain(trial.name))):
            return file, preview(file, db)

    return kept((name, "preview", asked, db.stat().st_mtime_ns if db.exists() else 0), tried)


def _seen(found: Preview, zone: ZoneInfo) -> bool:
    """Shows the first rows and the rejects; whether anything can be loaded."""
    if found.error and not found.asks_order:
        page.notice(_("It cannot be loaded so: {why}").format(why=words.html(reasons.said(found.error))), "warning")
    for report in found.reports:
        st.html(f'<h4 class="v-part">{words.html(_counted(report))}</h4>')
        rows = found.rows[report.table]
        if len(rows):
            st.html(grid(_readable(rows, zone)))
        _rejects(report)
        for note in report.notes:
            st.html(f'<p class="v-n">{words.html(reasons.said(note))}</p>')
    if found.oddities:
        odd = "".join(f"<li>{words.html(_odd(one))}</li>" for one in found.oddities)
        st.html(f'<h4 class="v-part">{words.html(_("To check"))}</h4><ul class="v-notes">{odd}</ul>')
    return any(report.rows_read > report.rejected for report in found.reports)


def _counted(report: FileReport) -> str:
    lang = language()
    good = report.rows_read - report.rejected
    parts = [
        ngettext("{table}: {n} row can be loaded", "{table}: {n} rows can be loaded", good).format(
            table=words.export(report.table), n=fmt.number(good, lang)
        )
    ]
    if report.unchanged:
        there = ngettext("{n} of them is already there", "{n} of them are already there", report.unchanged)
        parts.append(there.format(n=fmt.number(report.unchanged, lang)))
    if report.rejected:
        bad = ngettext("{n} would be rejected", "{n} would be rejected", report.rejected)
        parts.append(bad.format(n=fmt.number(report.rejected, lang)))
    return ", ".join(parts)


def _odd(one: Oddity) -> str:
    return said(one.kind, one.table, one.column, one.rows, one.example, one.expected)


def _readable(rows: pd.DataFrame, zone: ZoneInfo) -> pd.DataFrame:
    """Rows of a table as people read them: local times, codes in words."""
    names = [str(name) for name in rows.columns]
    return pd.DataFrame({importing_form.title(name): [_text(name, v, zone) for v in rows[name]] for name in names})


def _text(name: str, value: object, zone: ZoneInfo) -> str:
    if value is None or value != value or value is pd.NaT:
        return fmt.UNKNOWN
    if isinstance(value, pd.Timestamp):
        if name.endswith("_at"):
            return words.moment(to_local(value.to_pydatetime(), zone))
        return fmt.day(value.date(), language(), year=True)
    if isinstance(value, (bool, str)) or type(value).__name__ == "bool_":
        return words.value(name, bool(value) if not isinstance(value, str) else value)
    if isinstance(value, float):
        return fmt.number(value, language(), 0 if value == int(value) else 2)
    return fmt.duration(int(str(value)), language()) if name.endswith("_s") else str(value)


def _rejects(report: FileReport) -> None:
    if report.rejects:
        st.html(grid(_reject_rows([report]).iloc[:, 1:], wrap=True))
        if report.rejected > _SHOWN_REJECTS:
            more = _("{shown} of {n} rejected rows here; the report will have all of them.")
            n, shown = fmt.number(report.rejected, language()), fmt.number(_SHOWN_REJECTS, language())
            st.html(f'<p class="v-n">{more.format(n=n, shown=shown)}</p>')


def _reject_rows(reports: Sequence[FileReport]) -> pd.DataFrame:
    """The first rejects of some files, in words."""
    rejects = [(report.file, reject) for report in reports for reject in report.rejects[:_SHOWN_REJECTS]]
    return pd.DataFrame(
        {
            _("File"): [file for file, _one in rejects],
            _("Line in the file"): [str(one.line) for _file, one in rejects],
            _("Column"): [importing_form.title(one.column) if one.column else "" for _file, one in rejects],
            _("Value read"): [one.value or "" for _file, one in rejects],
            _("Why, and what to write"): [reasons.reason(one.reason) for _file, one in rejects],
        }
    )


# The load


def _load(db: Path, ready: Sequence[_Ready], waiting: int) -> None:
    count = ngettext("Load {n} file", "Load {n} files", len(ready)).format(n=len(ready))
    note = _("All of them or none: a failed import changes nothing, and the last one can be undone")
    with page.panel(_("Load"), note, key="imports-load"):
        if waiting:
            text = ngettext(
                "{n} file still waits for an answer above.", "{n} files still wait for an answer above.", waiting
            )
            page.notice(text.format(n=waiting), "warning")
        who = importing_past.name_box("load")
        blocked = not ready or bool(waiting) or not who.strip()
        if st.button(count, type="primary", icon=":material/upload_file:", key="imports-go", disabled=blocked):
            st.session_state[WHO] = who
            st.session_state[REPORT] = None
            st.session_state[REPORT] = _loaded(db, ready, who.strip())
            if not isinstance(st.session_state[REPORT], str):  # the files are in: room for the next ones
                st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
            st.rerun()


def _loaded(db: Path, ready: Sequence[_Ready], who: str) -> ImportReport | str:
    """Loads in another thread, so that a person can follow and stop it; the report, or what went wrong."""
    try:
        for one in ready:
            if one.mapping:
                save(db, one.name, one.mapping)
            if one.words:
                keep(db, one.system, one.words)
    except (store.StoreError, OSError, ValueError) as error:
        return _not_loaded(error)
    watch, steps = Watch(), len(ready) + 1
    with st.status(_("Loading"), expanded=True) as status, ThreadPoolExecutor(1) as pool:
        bar = st.progress(0.0)
        st.button(_("Cancel"), key="imports-cancel", icon=":material/close:")
        work = pool.submit(import_files, db, _named_apart(ready), author=who, watch=watch)
        try:
            st.session_state[_WORK] = (work, watch)
            while not work.done():
                last = _("Computing what follows from the rows")
                bar.progress(max(watch.begun - 1, 0) / steps, words.plain(watch.file) if watch.file else last)
                time.sleep(0.1)
        except BaseException:  # the cancel button, or the page was left: another run settles it
            _stop(work, watch)
            raise
        st.session_state.pop(_WORK, None)
        status.update(label=_("Loaded"), state="complete")
    return _outcome(work)


def _stop(work: Future[ImportReport], watch: Watch) -> None:
    while not work.done():  # again and again: between two statements there is nothing to interrupt
        watch.stop()
        time.sleep(0.05)


def _settle_what_was_left() -> None:
    """Stops and accounts for the load that the reader cancelled or walked away from."""
    # Streamlit starts the next run while the one that loads still ends.
    left = st.session_state.pop(_WORK, None)
    if left is None:
        return
    _stop(*left)
    if isinstance(left[0].exception(), Cancelled):
        st.session_state[SAID] = (_("Cancelled: nothing was changed."), "info")
    else:  # it was over before the word came
        st.session_state[REPORT] = _outcome(left[0])


def _outcome(work: Future[ImportReport]) -> ImportReport | str:
    try:
        return work.result()
    except store.StoreBusy:
        return busy()
    except (store.StoreError, OSError) as error:
        return _not_loaded(error)


def _not_loaded(error: Exception) -> str:
    return _("Nothing was imported, the data are as they were: {why}").format(why=words.html(reasons.said(str(error))))


def _named_apart(ready: Sequence[_Ready]) -> list[File]:
    """The files, those of one name told apart: the log knows each by its name."""
    found: dict[str, File] = {}
    for one in ready:
        name, rank = one.file.name, 1
        while name in found:
            rank += 1
            name = f"{one.file.name} ({rank})"
        found[name] = replace(one.file, name=name)
    return list(found.values())


# The report


def _report(db: Path) -> None:
    report = st.session_state.get(REPORT)
    if isinstance(report, str):
        page.notice(report, "warning")
    if not isinstance(report, ImportReport):
        return
    lang = language()
    total = {name: sum(getattr(file, name) for file in report.files) for name in _TITLES}
    title = ngettext(
        "{n} row read, every row accounted for", "{n} rows read, every row accounted for", total["rows_read"]
    )
    with page.panel(
        title.format(n=fmt.number(total["rows_read"], lang)),
        _("Rows read = new + updated + already there + rejected"),
        key="imports-report",
    ):
        st.html(grid(_report_rows(report), right=range(2, 7)))
        page.csv_button(lambda: _report_rows(report), key="imports-report")
        notes = list(
            dict.fromkeys(f"{file.file}: {reasons.said(note)}" for file in report.files for note in file.notes)
        )
        notes += map(_odd, report.oddities)
        if notes:
            st.html('<ul class="v-notes">' + "".join(f"<li>{words.html(note)}</li>" for note in notes) + "</ul>")
        if total["rejected"]:
            st.html(f'<h4 class="v-part">{words.html(_("Rejected rows"))}</h4>')
            st.html(grid(_reject_rows(report.files), wrap=True))
            page.csv_button(lambda: _all_rejects(db, report.import_id), key="imports-rejects")
        page.link("data_quality", _("See the quality of the data"))


_TITLES = ("rows_read", "loaded", "updated", "unchanged", "rejected")


def _report_rows(report: ImportReport) -> pd.DataFrame:
    lang, files = language(), report.files
    heads = (_("Rows read"), _("New rows"), _("Updated"), _("Already there"), _("Rejected rows"))
    return pd.DataFrame(
        {
            _("File"): [file.file for file in files],
            _("Export"): [words.export(file.table) for file in files],
            **{
                head: [fmt.number(getattr(file, name), lang) for file in files]
                for head, name in zip(heads, _TITLES, strict=True)
            },
        }
    )


def _all_rejects(db: Path, import_id: str) -> pd.DataFrame:
    found = history.rejects(db, import_id)
    return pd.DataFrame(
        {
            _("File"): found["file"],
            _("Line in the file"): found["line"],
            _("Column"): found["column_name"],
            _("Value read"): found["value"],
            _("Why, and what to write"): [reasons.reason(text) for text in found["reason"]],
        }
    )
