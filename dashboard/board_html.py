"""A team screen as HTML. Pure: a `Screen` in, text out, in the language in use. Sizes are in `wallboard.css`."""

from __future__ import annotations

from datetime import datetime
from urllib.parse import quote

from dashboard import cache, cards, charts, words
from dashboard import format as fmt
from dashboard.board_data import Reading, Screen
from dashboard.boards import name_of, title_of
from dashboard.i18n import _, language
from kpi.model import Status

LARGE = 6.0
"""Texts above this share of the short side: the head takes two lines."""
_LINE = (240, 40)
"""The line's own width and height: about those of its place, so that its stroke keeps its shape."""


def board_html(
    screen: Screen, *, text: float, theme: str = "", note: str = "", picture: str = "", clock: str = ""
) -> str:
    """The whole screen. `text` is the least height of a text in hundredths of the short side, `theme` light, dark or
    the reader's own, `note` a last word of the head, `picture` the source of the code that a phone reads, `clock` the
    time where no script writes it."""
    tiles = "".join(_tile(reading, screen.asked_at) for reading in screen.readings)
    body = f'<div class="w-tiles w-n{len(screen.readings)}">{tiles}</div>' if tiles else _why(screen)
    scheme = f"color-scheme:{theme};" if theme else ""
    large = " w-large" if text > LARGE else ""
    return (
        f'<section class="v-wall{" w-stale" if screen.stale else ""}{large}" style="{scheme}--t:{text:.2f}cqmin">'
        f'<div class="w-screen">{_head(screen, note, picture, clock)}{body}</div></section>'
    )


def message_html(text: str, theme: str = "") -> str:
    """A screen that has only a sentence to show."""
    scheme = f' style="color-scheme:{theme}"' if theme else ""
    return (
        f'<section class="v-wall"{scheme}><div class="w-screen"><p class="w-why">{words.html(text)}</p></div></section>'
    )


def until(screen: Screen) -> str:
    """ "data until 10:42", with the day when it is not today's."""
    if screen.data_until is None or screen.now is None:
        return ""
    when = _when(screen.data_until, screen.now)
    return _("data stopped: {time}").format(time=when) if screen.stale else _("data until {time}").format(time=when)


def _when(moment: datetime, now: datetime) -> str:
    if moment.date() == now.date():
        return fmt.clock(moment)
    if (now.date() - moment.date()).days == 1:
        return _("{time} yesterday").format(time=fmt.clock(moment))
    return f"{fmt.day(moment, language())} {fmt.clock(moment)}"


def _head(screen: Screen, note: str, picture: str, clock: str) -> str:
    board = screen.board
    labels = {one.dimension: cache.labels(one.dimension) for one in board.filters}
    limits = [words.value(one.dimension, value, labels[one.dimension]) for one in board.filters for value in one.values]
    title = " · ".join([title_of(board), *limits])
    extra = f'<em class="w-note">{words.html(note)}</em>' if note else ""
    phone = f'<img class="w-qr" src="{picture}" alt="">' if picture else ""
    mark = '<i class="v-no_data"></i>' if screen.stale else ""
    lost = words.html(_("connection lost at"))
    return (
        f'<header class="w-head"><img src="./app/static/mark.svg" alt=""><h1>{words.html(title)}</h1>'
        f'<span class="w-until">{mark}{words.html(until(screen))}</span>'
        f'<span class="w-cut"><i class="v-no_data"></i>{lost} <time></time></span>{extra}'
        f'<time class="w-clock" data-zone="{words.html(screen.timezone)}">{clock}</time>{phone}</header>'
    )


def _why(screen: Screen) -> str:
    text = {
        "no_store": _("No data yet. Vigie shows this board as soon as a first export is imported."),
        "few": _("Fewer than five people of this selection are present: their figures are not shown alone."),
        "unknown": _("Who is present is not known: the figures of a part of the centre are not shown alone."),
        "": _("This board has no tile."),
    }[screen.why]
    return f'<p class="w-why">{words.html(text)}</p>'


def _tile(reading: Reading, asked_at: datetime | None) -> str:
    kpi, lang = reading.tile.kpi, language()
    value, unit = fmt.value(reading.value, kpi.unit, lang)
    small = f"<small>{words.html(unit)}</small>" if unit else ""
    length = len(value) + (0.62 * len(unit) + 0.25 if unit else 0)
    notes = "".join(f"<span>{words.html(note)}</span>" for note in _notes(reading, asked_at) if note)
    name, room = words.html(name_of(reading.tile)), max(length, 2)
    tone = reading.state if reading.target or reading.value is None else "plain"
    return (
        f'<article class="w-tile w-{tone}" style="--len:{room:.2f}"><h2>{name}</h2>'
        f'<p class="w-value">{words.html(value)}{small}</p>'
        f'<p class="w-state">{_state(reading)}<span>{_counted(reading)}</span></p><p class="w-notes">{notes}</p>'
        f'<div class="w-line"{_line(reading)}></div></article>'
    )


def _state(reading: Reading) -> str:
    if reading.target is None and reading.value is not None:
        return f"<b>{words.html(_('no target'))}</b>"
    few = reading.state == "no_data" and reading.figure.n and not reading.missing
    word = _("Few cases") if few else words.state(reading.state)
    return f'<i class="v-{reading.state}"></i><b>{words.html(word)}</b>'


def _counted(reading: Reading) -> str:
    """n where few cases or a survey speak."""
    figure = reading.figure
    few = figure.status is not Status.OK or reading.tile.kpi.survey
    return f"n = {fmt.number(figure.n, language())}" if few and figure.n else ""


def _notes(reading: Reading, asked_at: datetime | None) -> tuple[str, ...]:
    """The target, and since when or why not."""
    kpi = reading.tile.kpi
    target = ""
    if reading.target is not None:
        target = _("target {value}").format(value=cards.target_text(reading.target, kpi.unit))
    if reading.value is None:
        return _why_none(reading), target
    return target, _since(reading, asked_at)


def _since(reading: Reading, asked_at: datetime | None) -> str:
    held = reading.held
    if held is None or held.state == "no_data" or reading.since is None or asked_at is None:
        return ""
    if held.seen_from:
        return _("all day")
    return _("since {time}").format(time=_when(reading.since, asked_at))


def _why_none(reading: Reading) -> str:
    if reading.missing:
        return _("not available by {dimension}").format(dimension=words.dimension(reading.missing).lower())
    if reading.needs:
        return _("needs the export of {tables}").format(tables=words.exports(reading.needs))
    if reading.figure.n:  # said by the state, with n
        return ""
    return _("nothing yet today") if reading.tile.window == "today" else _("nothing in these days")


def _line(reading: Reading) -> str:
    """The day's line as the mask of its box: it takes the state's colour, and `st.html` strips inline SVG."""
    points = [point for point in reading.points if point is not None]
    if len(points) < 3:
        return ""
    width, height = _LINE
    target = reading.target
    goal = None if target is None else target.value_low if target.value_high is None else target.value_high
    image = quote(charts.mask_svg(points, width, height, goal), safe=" =/:.,")
    return f' style="mask-image:url(&quot;data:image/svg+xml,{image}&quot;)"'
