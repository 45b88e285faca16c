"""What was imported so far, by whom and when, and the last import undone."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from zoneinfo import ZoneInfo

import pandas as pd
import streamlit as st

from dashboard import format as fmt
from dashboard import page, words
from dashboard.i18n import _, language, ngettext
from dashboard.periods import to_local
from data.history import NothingToUndo, PastImport, history, undo, undoable
from data.store import StoreBusy

WHO = "targets-who"
"""Where the session keeps the name that the reader gave, here or for a target."""
SAID = "imports-said"
REPORT = "imports-report"
"""What the last load of this session did."""
_SHOWN = 15


def panel(db: Path, zone: ZoneInfo) -> None:
    """The imports, the latest first, and the way back from the last one."""
    past = history(db)
    if not past:
        return
    count = ngettext("{n} import so far", "{n} imports so far", len(past)).format(n=fmt.number(len(past), language()))
    with page.panel(count, _("Local time · the latest first · the last one can be undone"), key="imports-past"):
        st.html(grid(_table(past[:_SHOWN], zone), right=range(4, 9)))
        with st.container(horizontal=True, vertical_alignment="center", gap="small"):
            last = undoable(db)
            if last:
                _way_back(db, next(one for one in past if one.import_id == last), zone)
            page.csv_button(lambda: _whole(past, zone), key="imports-past")


def _table(past: Sequence[PastImport], zone: ZoneInfo) -> pd.DataFrame:
    lang = language()

    def total(one: PastImport, name: str) -> str:
        return fmt.number(sum(getattr(file, name) for file in one.files), lang)

    return pd.DataFrame(
        {
            _("When"): [words.moment(to_local(one.loaded_at, zone)) for one in past],
            _("Who"): [one.author or fmt.UNKNOWN for one in past],
            _("Source"): [one.source for one in past],
            _("Files"): [_names(one) for one in past],
            _("Rows read"): [total(one, "rows_read") for one in past],
            _("New rows"): [total(one, "loaded") for one in past],
            _("Updated"): [total(one, "updated") for one in past],
            _("Already there"): [total(one, "unchanged") for one in past],
            _("Rejected rows"): [total(one, "rejected") for one in past],
            _("Undone"): [_undone(one, zone) for one in past],
        }
    )


def _whole(past: Sequence[PastImport], zone: ZoneInfo) -> pd.DataFrame:
    """The same with every file's name and fingerprint."""
    files = [{file.file: file.sha256 or fmt.UNKNOWN for file in one.files} for one in past]
    table = _table(past, zone)
    table[_("Files")] = [", ".join(names) for names in files]
    return table.assign(**{"SHA-256": [", ".join(names.values()) for names in files]})


def _names(one: PastImport) -> str:
    names = list(dict.fromkeys(file.file for file in one.files))
    return ", ".join(names[:2]) + (f" +{len(names) - 2}" if len(names) > 2 else "")


def _undone(one: PastImport, zone: ZoneInfo) -> str:
    if one.undone_at is None:
        return ""
    when = words.moment(to_local(one.undone_at, zone))
    return _("{when}, by {who}").format(when=when, who=one.undone_by or fmt.UNKNOWN)


def _way_back(db: Path, last: PastImport, zone: ZoneInfo) -> None:
    with st.popover(_("Undo the last import"), icon=":material/undo:", key="imports-undo"):
        text = _("The data come back as they were before the import of {when} ({files}, {rows} rows read).")
        said = text.format(
            when=words.moment(to_local(last.loaded_at, zone)),
            files=words.html(_names(last)),
            rows=fmt.number(last.rows, language()),
        )
        st.html(f'<p class="v-lead">{said}</p>')
        who = name_box("undo")
        if st.button(_("Undo this import"), type="primary", key="imports-undo-yes", disabled=not who.strip()):
            st.session_state[WHO] = who
            st.session_state[SAID] = _undo(db, last, who)
            st.session_state[REPORT] = None
            st.rerun()


def _undo(db: Path, last: PastImport, who: str) -> tuple[str, str]:
    """(what to say, info or warning)."""
    try:
        undo(db, last.import_id, who)
    except NothingToUndo:
        return _("This import can no longer be undone: another one came after it."), "warning"
    except StoreBusy:
        return busy(), "warning"
    return _("Undone: the data are as they were before the import of {files}.").format(
        files=words.html(_names(last))
    ), "info"


def busy() -> str:
    return _("Another import is under way: nothing was changed. Try again when it has finished.")


def name_box(part: str) -> str:
    """Asks who the reader is; once a session."""
    before, hint = st.session_state.get(WHO, ""), _("kept in the history of imports")
    key = f"imports-who-{part}-{before}"
    return str(st.text_input(_("Your name"), before, key=key, max_chars=80, width=340, placeholder=hint))


def grid(table: pd.DataFrame, right: Sequence[int] = (), wrap: bool = False) -> str:
    """A table of texts as HTML; the columns of these ranks to the right, the last one on several lines if it must."""

    def side(rank: int) -> str:
        if wrap and rank == len(table.columns) - 1:
            return ' class="v-wrap"'
        return ' class="v-right"' if rank in right else ""

    heads = "".join(f'<th scope="col"{side(i)}>{words.html(name)}</th>' for i, name in enumerate(table.columns))
    lines = "".join(
        "<tr>" + "".join(f"<td{side(i)}>{words.html(cell)}</td>" for i, cell in enumerate(row)) + "</tr>"
        for row in table.itertuples(index=False)
    )
    body = f"<table><thead><tr>{heads}</tr></thead><tbody>{lines}</tbody></table>"
    return f'<div class="v-rows" tabindex="0" role="group">{body}</div>'
