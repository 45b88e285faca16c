"""What a page says when it has nothing to show: which export is missing, or what is empty and how to widen it."""

from __future__ import annotations

from streamlit.delta_generator import DeltaGenerator

from dashboard import page, sidebar, words
from dashboard.cards import Card
from dashboard.filters import Scope
from dashboard.i18n import _
from dashboard.periods import Preset, to_local


def explained(scope: Scope, title: str, *leading: Card, or_open: bool = True) -> bool:
    """Says why none of the `leading` cards has anything, and returns whether that was so. What is still open counts
    as something, unless `or_open` is False.
    """
    needs = next((card.answer.needs for card in leading if card.answer and card.answer.needs), ())
    if scope.ahead:
        _ahead(scope)
    elif needs:
        _needs(needs)
    elif missing := _missing(leading):
        _unavailable(missing)
    elif not any(_something(card, or_open) for card in leading):
        _empty(scope, title)
    else:
        return False
    return True


def _ahead(scope: Scope) -> None:
    end = words.moment(to_local(scope.data_until, scope.zone))
    box = page.empty(
        _("This period is still to come"),
        _("It begins after the data end, on {moment}.").format(moment=words.html(end)),
        key="ahead",
    )
    _see_the_last_90_days(box)


def _something(card: Card, or_open: bool) -> bool:
    return card.answer is not None and bool(card.figure.n or (or_open and card.figure.n_open))


def _missing(leading: tuple[Card, ...]) -> str | None:
    """The filtered dimension that none of the cards has."""
    if not leading or any(card.answer for card in leading):
        return None
    return leading[0].missing


def _unavailable(dimension: str) -> None:
    name = words.html(words.dimension(dimension).lower())
    box = page.empty(
        _("This page is not available by {dimension}").format(dimension=name),
        _("Its data do not say it: the filter would leave out what it cannot tell."),
        key="unavailable",
    )
    box.button(_("Remove the filters"), key="widen-filters", on_click=sidebar.clear_all)


def _needs(tables: tuple[str, ...]) -> None:
    names = words.html(words.exports(tables))
    box = page.empty(
        _("This page needs one more export"),
        _("It is made from: <b>{tables}</b>. Import it, and the page fills by itself.").format(tables=names),
        key="needs",
    )
    with box:
        to_import()


def to_import() -> None:
    """The way to the page that takes an export."""
    page.link("imports", _("Import an export"), ":material/upload_file:")


def _empty(scope: Scope, title: str) -> None:
    """The period and the filters that leave nothing, with a way out of each."""
    filters = scope.choice.filters
    where = _("with these filters") if filters else _("in the whole centre")
    box = page.empty(
        title,
        _("Nothing from {days}, {where}.").format(days=words.html(words.days(scope.span)), where=where),
        key="selection",
    )
    buttons = box.container(horizontal=True, horizontal_alignment="center", gap="small")
    if filters:
        buttons.button(_("Remove the filters"), key="widen-filters", on_click=sidebar.clear_all)
    if scope.choice.preset is not Preset.LAST_90:
        _see_the_last_90_days(buttons)


def _see_the_last_90_days(box: DeltaGenerator) -> None:
    wide = (Preset.LAST_90,)
    box.button(_("See the last 90 days"), key="widen-period", on_click=sidebar.widen, args=wide)
