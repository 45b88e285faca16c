"""What the data room says, in the reader's language: why a row or a file was refused, and how it was read.

The data room speaks English, in the command line too. Here each of its sentences is known by its form, with places for
what it names; one that is not known, such as a rule of a table, is shown as it was written.
"""

from __future__ import annotations

import re
from functools import lru_cache

from dashboard.i18n import N_, language, translations
from kpi.definition import Lang

FORMS = (
    N_("{file} holds {n} files; at most {most} can be read at once"),
    N_("{file} unpacks to {size} GB; at most {most} GB can be read at once"),
    N_("{file} unpacks to {times} times its size: no export does. If it is one, unpack it and give its files"),
    N_("{file} is not an archive that can be read: {why}"),
    N_("{file} names a file outside itself ({name}): it is not to be trusted"),
    N_("{file} holds another archive, {name}: unpack it and give its files"),
    N_("{file} holds two files named {name}: unpack it and give the right one"),
    N_("{file}: {name} is longer than the archive says: it is not to be trusted"),
    N_(
        "{file}, line {n} has more than {most} MB: this is no table of one row a line. Export it again as CSV, or "
        "as JSON with one object a line"
    ),
    N_("unknown encoding {name}: try utf-8, cp1252 or cp850"),
    N_(
        "{file}, line {n}: byte {byte} is not {encoding}. Save the file as UTF-8, or import it with a mapping "
        "whose encoding is {encodings}, or {more} when they are mixed."
    ),
    N_("{file} begins as UTF-16 and goes on otherwise ({why}); save it as UTF-8"),
    N_("{file} is a web page of {size} MB; at most {most} MB can be read. Export it as CSV"),
    N_(
        "{file} is a web page without a table, perhaps the sign-in page of the tool: open it in a browser to see, "
        "and export the file again"
    ),
    N_("{file} has a table of more than {columns} columns or {cells} cells: export it as CSV"),
    N_("no file to import in {places}: give {kinds}"),
    N_("the import was cancelled"),
    N_("{file} does not exist"),
    N_("{file} changed while it was read: something still writes it. Import it again once it is complete"),
    N_("{file}: unknown kind of file; give one of {kinds}"),
    N_("{file} is an archive: unpack it and give its files"),
    N_("{file} is not JSON that can be read: {why}"),
    N_("{file} is not a Parquet file that can be read: {why}"),
    N_("{file} is not a workbook that can be read: {why}. Save it again, or as CSV"),
    N_("{file} has no sheet with cells in it"),
    N_("{file} has no sheet {name}; it has {names}"),
    N_("{file}: its part {part} unpacks to {size} MB; save the sheet as CSV"),
    N_(
        "{file}: the cells of {sheet} reach over a rectangle of {n}, and at most {most} can be read. Delete the "
        "rows and columns beyond the table, or save the sheet as CSV"
    ),
    N_("{file} has no header: its first line must name the columns"),
    N_(
        "this file counts the calls of each day (offered, answered, abandoned); figures are counted from the calls "
        "themselves, and nothing can be told from sums: export the list of the calls, one row a call"
    ),
    N_("these are the legs of calls, whose talk is in the calls already: export the calls (incremental/calls)"),
    N_(
        "these are the times that agents noted on tickets, and the time of agents is counted by whole days (paid, "
        "planned, absent, logged): export those from the planning or the phone system"
    ),
    N_(
        "the answers stand apart from their dates and their scales here: export the survey from Qualtrics itself "
        "(Data & Analysis, Export, CSV)"
    ),
    N_("no table {name}.{meant} The tables are {names}."),
    N_(
        "{file} is not recognised: neither its name nor its columns ({columns}) are those of a table. The closest "
        "is {table}, which also needs {missing}. Name the file after its table ({names}), give --table, or for an "
        "export with columns of its own give --mapping or open the Import page of `vigie run`, which proposes one."
    ),
    N_("{file} could be {names}: say which with --table, or name the file after it."),
    N_(
        "{file} cannot fill {table}: it has no column {missing}. It has {columns}. Add the column, or give a "
        "mapping that names it."
    ),
    N_(
        "{file}: its dates may begin with the day or with the month, and none is after the 12th; export a longer "
        "period or dates as 2026-03-02, or say the order (--date-order)"
    ),
    N_("{file}: some dates begin with the day and others with the month; export them as 2026-03-02"),
    N_("{file} has no column {column}, which {mapping} names.{meant} It has {columns}."),
    N_('{mapping} does not say its table: add table = "tickets", for instance'),
    N_("{mapping}: write {column} = {one} or {column2} = {two}"),
    N_("{mapping}: the unit of {column} is one of {units}"),
    N_("the mapping {mapping} cannot be read: {why}"),
    N_("{mapping} does not say where {column} comes from ({meaning}): add it to [columns], or to [generate] for a key"),
    N_("{mapping}: [values.{column}] gives {value}, but {column2} is one of {values}"),
    N_('{mapping}: [generate] {column} = {value} is unknown; write "row" or a list of columns'),
    N_("{mapping}: no {kind} is called {name}.{meant} Known: {names}."),
    N_("the file lacks a column that this kind of file has: {why}"),
    N_("no question of this survey is certain: {questions}"),
    N_("the column {column} does not say its unit: call it {one} or {two}, or write times as 7:30"),
    N_("writing a store needs Linux or macOS: this system has no flock"),
    N_(
        "{path} was opened for writing by another program, which left {name}. Open it once with DuckDB and run "
        "CHECKPOINT, then try again."
    ),
    N_("the table {table} is missing from the store"),
    N_(
        "the table {table} does not follow this version's schema: {columns}. Import the files again into a new "
        "store (another --db)."
    ),
    N_("unknown time zone {zone}: give an IANA name such as Europe/Paris"),
    N_("{n} rows of {table} share one key: {key}"),
    N_("{path} is being written by another import (lock {lock}); waited {seconds} s. Try again when it has finished."),
    N_(
        "the import {name} cannot be undone: only the last one can, once, and as long as {file} stands beside the store"
    ),
    N_("{file} cannot be read: {why}"),
    N_("not a known value: write one of {values}"),
    N_("write one of {values}; or match the word on the Import page"),
    N_("the words in {path} cannot be read: {why}"),
    N_("{path} names {column}: words are those of {columns}"),
    N_("{path} gives {value} to {word}, but {column} is one of {values}"),
    N_("write one of {values}; or add the word to {place}"),
    N_("write one of {values}"),
    N_("required and empty: fill it in"),
    N_("write an instant such as 2026-03-02T08:30:00Z"),
    N_("write a date such as 2026-03-02"),
    N_("write a time such as 08:30"),
    N_("write a whole number"),
    N_("write a number such as 12.5"),
    N_("write true or false (or yes, no, oui, non, vrai, faux, 1, 0)"),
    N_("superseded by line {n}, which has the same key: keep one"),
    N_("a quote is opened and never closed: close it, or double a quote that is part of the text"),
    N_("text follows a closing quote: double a quote that is part of the text"),
    N_("{n} columns instead of {width}: quote the values that contain {delimiter}, or complete the row"),
    N_("not JSON ({why}): write one object a line"),
    N_("not JSON: write one object a line"),
    N_("not JSON, or without {key}: ask for this page again"),
    N_("not a JSON object: write one object a line"),
    N_("a total or a note below the table, not one of its rows: nothing to correct"),
    N_("a value stands beyond the last of the {width} columns: name its column"),
    N_("a NUL byte: the file is damaged here, export it again"),
    N_("sheets left unread: {names}"),
    N_("sheets of the same columns read one after the other: {names}"),
    N_("columns not used: {names}"),
    N_('{column}: 04:30 was read as {unit}; say unit = "h" or "min" in a mapping'),
    N_("the list says {what}: decisions are left out"),
    N_("{title} is read as {question}"),
    N_("question left out: {question}"),
    N_(
        "{n} of {total} records make no row of their own ({lines}): earlier versions, parts of another row, or what no "
        "table holds"
    ),
    N_("{n} rows are older than the store's and left it as it is"),
    N_("left out above the header: {titles}"),
    N_("{n} issues have more changes than the file holds: their oldest events are missing"),
)


def said(text: str) -> str:
    """A sentence of the data room in the reader's language."""
    for form, put in _forms(language()):
        if found := form.fullmatch(text):
            return put.format(**found.groupdict())
    return text


def reason(text: str) -> str:
    """The reasons for which one row was refused."""
    whole = said(text)
    return whole if whole != text else "; ".join(map(said, text.split("; ")))


@lru_cache(maxsize=4)
def _forms(lang: Lang) -> tuple[tuple[re.Pattern[str], str], ...]:
    """(what the sentence looks like, the same in a language)."""
    return tuple((_pattern(form), translations(lang).gettext(form)) for form in FORMS)


def _pattern(form: str) -> re.Pattern[str]:
    plain = re.escape(form).replace(r"\{", "{").replace(r"\}", "}")
    return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>.*?)", plain), re.DOTALL)
