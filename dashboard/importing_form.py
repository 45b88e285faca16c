"""The mapping of a file that nobody knows: every guess shown with its confidence and three values, to correct."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import available_timezones

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import columns, page, words
from dashboard import format as fmt
from dashboard.i18n import _, language, ngettext
from data import trying
from data.sources import Word
from data.sources.dating import Order
from data.sources.guessing import Proposal
from data.trying import Choices, Trial

T = TypeVar("T")
NOTHING, SAME, MADE = "\0nothing", "\0same", "\0made"
"""Instead of a column of the file: none, one value for every row, a key made from the row."""
_SAMPLES, _LONGEST = 3, 28
_MOST_WORDS = 60
_SURE, _LIKELY = 0.85, 0.65
_KEPT, _ANSWERS = "imports-kept", "imports-answers"


@dataclass(frozen=True, slots=True)
class Settled:
    """The mapping as far as it is settled, and what is still to say before the file can be read."""

    choices: Choices
    open: tuple[str, ...]


def kept(name: object, make: Callable[[], T]) -> T:
    """What was found for a file, found once a session."""
    store: dict[object, T] = st.session_state.setdefault(_KEPT, {})
    if name not in store:
        store[name] = make()
    return store[name]


def choice(
    label: str, options: Sequence[str], start: str | None, words_of: Callable[[str], str], *,
    name: str, part: str, box: DeltaGenerator | None = None, **look: Any,
) -> str | None:  # fmt: skip
    """Asks for one of `options`, `start` until it is answered; the answer outlives a change of language."""
    answers: dict[str, str] = st.session_state.setdefault(_ANSWERS, {})
    key = f"imports-{name}-{part}"
    before = answers.get(key, start)
    index = list(options).index(before) if before is not None and before in options else None
    ask = (box or st).radio if look.get("horizontal") else (box or st).selectbox
    # Streamlit knows an option by its words: in another language it is another one.
    said = ask(label, list(options), index, format_func=words_of, key=f"{key}-{language()}", **look)
    if said is not None:
        answers[key] = str(said)
    return None if said is None else str(said)


def _answered(key: str, start: str) -> str | None:
    """What `choice` will return of a box that is drawn later in this run."""
    before = st.session_state.get(_ANSWERS, {}).get(key, start)
    found: str | None = st.session_state.get(f"{key}-{language()}", before)
    return found


def form(trial: Trial, name: str, zone: str) -> Settled:
    """The whole form of one file. `name` is the file's own in the session, `zone` the store's."""
    tables = trying.tables()
    guessed = kept((name, "proposal"), lambda: trying.proposal(trial))
    label = _("One row of this file is one of")
    table = str(choice(label, tables, guessed.table, words.export, name=name, part="table", width=340))
    proposal = guessed if table == guessed.table else kept((name, table), lambda: trying.proposal(trial, table))
    wrong: list[str] = []
    found = _columns(trial, proposal, name, wrong)
    chosen = {column: source for column, source in found.items() if source not in (SAME, MADE)}
    constants = {column: _constant(proposal, column, name, wrong) for column in found if found[column] == SAME}
    units = {column: _unit(trial, source, column, name) for column, source in chosen.items() if column.endswith("_s")}
    vocabulary = _words(trial, table, chosen, name)
    order = _order(trial, table, chosen, name, wrong)
    local = _zone(trial, table, chosen, zone, name)
    made = tuple(column for column, source in found.items() if source == MADE)
    return Settled(Choices(table, chosen, constants, units, vocabulary, made, order, local), tuple(wrong))


def zone_of(name: str, zone: str) -> str:
    """Asks of where times without a zone are; the store's is proposed."""
    zones = sorted(available_timezones())
    label = _("These times have no zone: they are of")
    return str(choice(label, zones, zone, str, name=name, part="zone", width=340))


def order_of(name: str, example: str, before: Order | None = None) -> Order | None:
    """Asks whether dates begin with the day or the month; None until it is said, now or `before`."""
    names = {"dmy": _("the day"), "mdy": _("the month")}
    label = _("Nothing in the file tells the order of its dates ({example}). They begin with").format(example=example)
    said = choice(label, list(names), before, names.__getitem__, name=name, part="order", horizontal=True)
    return "dmy" if said == "dmy" else "mdy" if said == "mdy" else None


# Columns


def _columns(trial: Trial, proposal: Proposal, name: str, wrong: list[str]) -> dict[str, str]:
    """Column of the schema -> column of the file, SAME or MADE; those that a row must have, or that were guessed,
    first."""
    must = trying.must_have(proposal.table)
    every = trying.columns_of(proposal.table)
    first = [column for column in every if column in must or proposal.source_of(column)]
    rest = [column for column in every if column not in first]
    found: dict[str, str] = {}
    with st.container(key=f"mapping-{name}"):
        _heads()
        for column in first:
            found[column] = _row(trial, proposal, column, name, column in must)
            if found[column] == NOTHING and column in must:
                wrong.append(_("{column} is missing: choose its column.").format(column=title(column)))
    more = ngettext("{n} more column", "{n} more columns", len(rest)).format(n=len(rest))
    with st.expander(more), st.container(key=f"mapping-more-{name}"):
        for column in rest:
            found[column] = _row(trial, proposal, column, name, False)
    unused = [column for column in trial.header if column not in found.values()]
    if unused:
        text = _("Not used: {columns}").format(columns=words.html(", ".join(unused)))
        st.html(f'<p class="v-n">{text}</p>')
    return {column: source for column, source in found.items() if source != NOTHING}


def _heads() -> None:
    for box, text in zip(_cells(), (_("In Vigie"), _("In the file"), _("Confidence and values")), strict=True):
        box.html(f'<div class="v-map-head">{words.html(text)}</div>')


def _cells() -> Sequence[DeltaGenerator]:
    return st.columns([3, 4, 5], gap="small", vertical_alignment="center")


def _row(trial: Trial, proposal: Proposal, column: str, name: str, needed: bool) -> str:
    table = proposal.table
    label, box, said = _cells()
    mark = f' <span title="{words.html(_("needed"))}">*</span>' if needed else ""
    label.html(f'<div class="v-map"><b>{words.html(title(column))}</b>{mark}<small>{words.html(column)}</small></div>')
    guess = next((guess for guess in proposal.guesses if guess.column == column), None)
    options = [NOTHING, *trial.header, SAME]
    start = guess.source if guess and guess.source else SAME if column in proposal.constants else NOTHING
    if needed and trying.kind_of(table, column) == "TEXT" and column.endswith("_id"):
        options.append(MADE)
        start = MADE if column in proposal.generate else start
    others = {NOTHING: "–", SAME: _("the same for every row"), MADE: _("made from the row")}
    source = str(
        choice(
            title(column), options, start, lambda one: others.get(one, one), name=name, part=f"{table}-{column}",
            box=box, label_visibility="collapsed",
        )
    )  # fmt: skip
    if source in trial.header:
        said.html(_said(trial, source, guess.confidence if guess and guess.source == source else None))
    return source


def _said(trial: Trial, source: str, confidence: float | None) -> str:
    """How sure the guess is, and three values of the column."""
    values = [value if len(value) <= _LONGEST else value[: _LONGEST - 1] + "…" for value in _first(trial, source)]
    samples = " · ".join(map(words.html, values)) or _("always empty")
    if confidence is None:
        return f'<div class="v-map">{_("yours")} <small>{samples}</small></div>'
    state = "ok" if confidence >= _SURE else "watch" if confidence >= _LIKELY else "no_data"
    share = fmt.percent(confidence, language(), 0)
    return f'<div class="v-map"><i class="v-{state}"></i>{share} <small>{samples}</small></div>'


def _first(trial: Trial, source: str) -> Sequence[str]:
    return trying.profile_of(trial, source).values[:_SAMPLES]


def title(column: str) -> str:
    """A column of the schema in words."""
    own = {
        "exclusion": _("Left out because"),
        "_source_updated_at": _("Last change in the source"),
        "higher_is_better": _("Higher is better"),
        "item": _("Question asked"),
        "event_id": _("Event"),
        "event_at": _("When"),
        "event_type": _("What changed"),
        "actor": _("Who did it"),
        "seq": _("Rank"),
        "from_value": _("Value before"),
        "to_value": _("Value after"),
        "text": _("Text"),
        "lang": _("Language"),
        "display_name": _("Name"),
        "name": _("Name"),
        "role": _("Role"),
        "hired_on": _("First day"),
        "left_on": _("Last day"),
        "calendar_id": _("Opening hours"),
        "manager_agent_id": _("Manager"),
        "hourly_cost_eur": _("Cost of an hour (€)"),
    }
    return own.get(column) or columns.title(column)


# What the columns do not say


def _constant(proposal: Proposal, column: str, name: str, wrong: list[str]) -> str:
    """The one value of a column that the file does not have."""
    usual, values = proposal.constants.get(column, ""), trying.values_of(proposal.table, column)
    label = _("{column}, the same for every row").format(column=title(column))
    part = f"same-{proposal.table}-{column}"
    if values:
        known = codes_of(column, values)
        said = choice(label, values, usual, known.__getitem__, name=name, part=part, width=340, placeholder="–")
    else:
        said = st.text_input(label, usual, key=f"imports-{name}-{part}", width=340)
    if not said:
        wrong.append(_("Say what {column} is in every row.").format(column=title(column)))
    return str(said or "")


def codes_of(column: str, values: Sequence[str]) -> Mapping[str, str]:
    """The values of a closed list in words."""
    told = {"true": _("Yes"), "false": _("No")}
    return {value: told.get(value) or words.value(column, value) for value in values}


def _unit(trial: Trial, source: str, column: str, name: str) -> str:
    """The unit of a duration, when the title does not say it."""
    units = {"s": _("seconds, or 1:02:03"), "min": _("minutes"), "h": _("hours"), "ms": _("milliseconds")}
    guess = trying.unit_in(trial, column, source)
    label, part = _("{column} is in").format(column=source), f"unit-{column}-{source}"
    return str(choice(label, list(units), guess, units.__getitem__, name=name, part=part, width=340))


def own_words(
    trial: Trial, found: Sequence[Word], db: Path, name: str, before: Mapping[str, Mapping[str, str]]
) -> dict[str, dict[str, str]]:
    """What the words that a known system does not have mean: column -> word -> value, "" for what nobody matched.
    `before` are those that were asked for another file of the system: they are not asked again."""
    said = {column: dict(known) for column, known in before.items()}
    asked = {(column, word.casefold()) for column, known in before.items() for word in known}
    found = [word for word in found if (word.column, word.text.casefold()) not in asked]
    for table, column in dict.fromkeys((word.table, word.column) for word in found):
        own = [word for word in found if (word.table, word.column) == (table, column)]
        rows = Counter[str]()
        for word in own:
            rows[word.text] += word.rows
        start = kept((name, table, column), partial(_meanings, own, db, trial.system))
        heading = ngettext("{column}: {n} word of your own", "{column}: {n} words of your own", len(rows))
        heading = heading.format(column=title(column), n=len(rows))
        part, rejected = f"own-{table}-{column}", not own[0].value
        with st.expander(heading + _to_match(start, name, part), expanded=not all(start.values())):
            labels = {word: f"{words.plain(word)} · {_rows(n)}" for word, n in rows.items()}
            answers = _word_boxes(table, column, start, name, part, labels, rejected=rejected)
        plain = {word.text: word.value for word in own}
        matched = {word: "" if value == plain[word] else value for word, value in answers.items()}
        said[column] = said.get(column, {}) | matched
    return said


def _meanings(found: Sequence[Word], db: Path, system: str) -> dict[str, str]:
    return {word.text: trying.meaning_of(word, db, system) for word in found}


def _rows(n: int) -> str:
    return ngettext("{n} row", "{n} rows", n).format(n=fmt.number(n, language()))


def _to_match(start: Mapping[str, str], name: str, part: str) -> str:
    unknown = sum(not _answered(f"imports-{name}-{part}-{word}", value) for word, value in start.items())
    return f" · **{ngettext('{n} to match', '{n} to match', unknown).format(n=unknown)}**" if unknown else ""


def _words(trial: Trial, table: str, chosen: Mapping[str, str], name: str) -> dict[str, dict[str, str]]:
    """For each column with a closed list, the value of each word of the file; "" rejects the rows that have it."""
    found: dict[str, dict[str, str]] = {}
    for column, source in chosen.items():
        guessed = kept((name, table, column, source), partial(trying.words_of, trial, table, column, source))
        if not guessed:
            continue
        shown = dict(list(guessed.items())[:_MOST_WORDS])
        part, matched = f"word-{table}-{column}-{source}", sum(map(bool, shown.values()))
        heading = _("{column}: {n} words matched").format(column=title(column), n=matched)
        with st.expander(heading + _to_match(shown, name, part), expanded=matched < len(shown)):
            found[column] = _word_boxes(table, column, shown, name, part, {word: words.plain(word) for word in shown})
    return found


def _word_boxes(
    table: str, column: str, shown: Mapping[str, str], name: str, part: str, labels: Mapping[str, str], *,
    rejected: bool = True,
) -> dict[str, str]:  # fmt: skip
    """A box a word, with what it means; `rejected`: it may mean nothing, and its rows are rejected."""
    values = trying.values_of(table, column)
    known = {**({"": _("not matched: these rows are rejected")} if rejected else {}), **codes_of(column, values)}
    said: dict[str, str] = {}
    boxes = st.columns(3, gap="small")
    order = sorted(shown, key=lambda word: (bool(shown[word]), word.casefold()))
    for rank, word in enumerate(order):
        told = choice(
            labels[word], list(known), shown[word], known.__getitem__,
            name=name, part=f"{part}-{word}", box=boxes[rank % 3],
        )  # fmt: skip
        said[word] = str(told)
    return said


def _order(trial: Trial, table: str, chosen: Mapping[str, str], name: str, wrong: list[str]) -> Order | None:
    has, proven = trying.order_in(trial, table, chosen)
    if not has or proven:
        return proven
    kinds = ("TIMESTAMP", "DATE")
    dated = [source for column, source in chosen.items() if trying.kind_of(table, column) in kinds]
    example = next((value for source in dated for value in _first(trial, source) if value), "")
    said = order_of(name, words.plain(example), trying.order_before(trial))
    if said is None:
        wrong.append(_("Say whether the dates begin with the day or the month."))
    return said


def _zone(trial: Trial, table: str, chosen: Mapping[str, str], zone: str, name: str) -> str:
    before = trying.zone_before(trial, zone)
    return zone_of(name, before) if trying.lacks_zone(trial, table, chosen) else before


def open_points(wrong: Sequence[str]) -> None:
    """What is still to say, in one notice."""
    if wrong:
        page.notice("<br>".join(map(words.html, wrong)), "warning")
