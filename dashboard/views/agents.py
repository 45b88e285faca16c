"""Agents: the centre, then a team, then one agent, each beside its reference. Nobody is ranked."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st

from dashboard import (
    absent,
    address,
    cache,
    cards,
    charts,
    clicks,
    fair,
    how_to_read,
    one_agent,
    page,
    peers,
    reading,
    sidebar,
    words,
)
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.peers import PRODUCTIVITY, QUALITY, View
from dashboard.periods import Preset
from kpi import catalog
from kpi.definition import Kpi
from kpi.statistics.agents import Verdict, tally

_APART = (Verdict.ABOVE, Verdict.BELOW)


def render(scope: Scope) -> None:
    everyone = replace(scope, choice=scope.choice.without("agent_id"))
    top, controls = st.container(), st.container(key="choice-agents", horizontal=True, gap="small")
    offered = peers.offered(everyone)
    if not offered:
        page.header(_("Agents"))
        _nothing(everyone, cards.load(everyone, QUALITY[:1]))
        return
    individual = cache.allowed("individual_view")
    with controls:
        view = peers.view_of(everyone, offered, individual)
        agent = peers.pick("agents_agent", peers.agents_of(view), _("Agent"), peers.agent_name) if view.team else ()
        if not agent:
            peers.pick("agents_kpi", offered, _("Indicator"), peers.kpi_name)
    if agent:
        address.write(peers.PARAMETER["agents_kpi"], None)
        one_agent.draw(view, agent, offered, top)
        return
    address.write(peers.PARAMETER["agents_agent"], None)
    board = cards.load(view.scope, [kpi_id for kpi_id in offered if kpi_id in QUALITY][:4] or offered[:1])
    nothing = _nothing(view.scope, board)
    with top:
        page.header(_("Agents"), "" if nothing else _lead(view))
        page.ignored(address.ignored())
        _said(scope, individual)
    if nothing:
        return
    cards.row(board, list(board))
    _comparison(view)


def _nothing(scope: Scope, board: Board) -> bool:
    """Says why there is nothing to compare, and returns whether that is so. What is imported may never have a case:
    the export that is missing is then named."""
    tables = cache.engine().tables()
    lacking = [kpi_id for kpi_id in QUALITY if not tables.issuperset(catalog.get(kpi_id).needs)]
    if lacking and not peers.ever_counted(tuple(board)):
        board = cards.load(scope, lacking[:1])
    return absent.explained(scope, _("Nothing to compare in this selection"), *board.values())


def _said(scope: Scope, individual: bool) -> None:
    if not individual:
        page.notice(_("Individual figures are switched off on this installation: this page shows teams."))
    elif scope.choice.values("agent_id"):
        page.notice(_("The agent filter is set aside here: an agent is read beside the whole team."))


# The sentence


def _lead(view: View) -> str:
    total = view.answers[view.kpi.id].total
    lang = language()
    if not total.n:
        return _("{kpi}, {team}: no case that can be counted yet.").format(
            kpi=words.html(words.short(view.kpi)), team=words.html(view.team_name)
        )
    facts = _("{kpi}, {team}: <b>{value}</b> on <b>{n} cases</b>.").format(
        kpi=words.html(words.short(view.kpi)),
        team=words.html(view.team_name),
        value=reading.value(total, view.kpi.unit),
        n=fmt.number(total.n, lang),
    )
    return f"{facts} {_compared(view)}"


def _compared(view: View) -> str:
    """How many can be compared, and how many stand apart: never who."""
    counts = tally(view.standings[view.kpi.id])
    comparable = sum(n for verdict, n in counts.items() if verdict is not None)
    apart = counts[Verdict.ABOVE] + counts[Verdict.BELOW]
    if not view.team and len(view.standings[view.kpi.id]) < 2:
        return ""
    if not comparable:
        return _("No agent can be compared yet.") if view.team else _("No team can be compared yet.")
    if not apart:
        if view.team:
            return _(
                "On the same requests, <b>nobody can be told apart</b> from the team: what there is to gain is in "
                "the work of all, not in comparing its {n} agents."
            ).format(n=comparable)
        return _("None of the <b>{n} groups</b> is distinguishable from the whole.").format(n=comparable)
    if view.team:
        text = ngettext("<b>{n} of {all} agents</b> stands apart.", "<b>{n} of {all} agents</b> stand apart.", apart)
    else:
        text = ngettext("<b>{n} of {all} groups</b> stands apart.", "<b>{n} of {all} groups</b> stand apart.", apart)
    return text.format(n=apart, all=comparable)


def _verdicts(view: View, kpi: Kpi) -> str:
    """The title of the comparison."""
    counts = tally(view.standings[kpi.id])
    if not counts[Verdict.ABOVE] + counts[Verdict.BELOW] + counts[Verdict.SAME]:
        return _("{kpi}: too few cases to compare").format(kpi=words.short(kpi))
    if not counts[Verdict.ABOVE] + counts[Verdict.BELOW]:
        return _("{kpi}: no difference told from chance").format(kpi=words.short(kpi))
    return _("{kpi}: {above} above, {below} below, {same} not distinguishable").format(
        kpi=words.short(kpi), above=counts[Verdict.ABOVE], below=counts[Verdict.BELOW], same=counts[Verdict.SAME]
    )


# Everybody beside the reference


def _comparison(view: View) -> None:
    kpis = [view.kpi, *([view.beside] if view.beside else [])]
    if not view.answers[view.kpi.id].total.n:
        page.notice(_("This indicator has no case in this selection: another one, or a longer period, may have some."))
        return
    if not view.team and len(view.standings[view.kpi.id]) < 2:
        named = any(one.who is not None for one in view.standings[view.kpi.id])
        page.notice(
            _("A single team has cases here: choose it to see its agents.")
            if named and cache.allowed("individual_view")
            else _("The exports name no team: there is nothing to compare.")
        )
        return
    if not view.standings[view.kpi.id]:
        page.notice(_("No row of this indicator says who handled it: the export needs the agent's identifier."))
        return
    comparable = any(one.verdict is not None for one in view.standings[view.kpi.id])
    alike = comparable and all(_alike(view, kpi) for kpi in kpis)
    if not comparable or len(kpis) > 1:
        draw = _alone if alike else _dots
        reading.side_by_side([partial(draw, view, kpi) for kpi in kpis])
        if not alike:
            _rows(view)
        how_to_read.panel(view)
        return
    mixed = view.fair[view.kpi.id]
    wide, narrow = page.split(7, 4)
    with wide:
        (_alone if alike else _dots)(view, view.kpi)
    with narrow:
        how_to_read.panel(view)
    if mixed is not None:
        panels = [] if alike else [partial(fair.funnel, view, view.kpi, mixed)]
        reading.side_by_side([*panels, partial(fair.mix, view, view.kpi, mixed)])
    if not alike:
        _rows(view)


def _alike(view: View, kpi: Kpi) -> bool:
    """Whether nothing tells the agents of a team apart: they are then not listed."""
    verdicts = {one.verdict for one in view.standings[kpi.id]} - {None}
    return bool(view.team) and view.fair[kpi.id] is not None and verdicts == {Verdict.SAME}


def _alone(view: View, kpi: Kpi) -> None:
    """Agents whom nothing tells apart: without their names, the list waiting behind the chart."""
    mixed = view.fair[kpi.id]
    if mixed is not None:
        fair.funnel(view, kpi, mixed, partial(_table, view))


def _dots(view: View, kpi: Kpi) -> None:
    if all(one.verdict is None for one in view.standings[kpi.id]):
        _nobody(view, kpi)
        return
    mixed = view.fair[kpi.id]
    if mixed is not None:
        notes = [_("Dot and line: value on the same mix of requests, and 95% interval"), _clocked(view, kpi)]
        if mixed.timed:
            notes.insert(1, _("1: the time that the same requests take everybody"))
        if kpi.id in PRODUCTIVITY:
            notes.append(_("never an individual target"))
        fair.dots(view, kpi, mixed, _verdicts(view, kpi), " · ".join(filter(None, notes)))
        return
    total = view.answers[kpi.id].total
    value, low_high = page.shown(total), total.ci
    name = view.team_name if view.team else _("the whole")
    reference = None if value is None else charts.Reference(value, f"{name} {reading.value(total, kpi.unit)}")
    band = (low_high[0], low_high[1]) if low_high and None not in low_high and value is not None else None
    notes = [_("Dot and line: value and 95% interval"), _("band: interval of the reference"), _clocked(view, kpi)]
    if kpi.id in PRODUCTIVITY:
        notes.append(_("never an individual target"))
    key = f"agents-{kpi.id}"
    page.panel(
        _verdicts(view, kpi),
        " · ".join(filter(None, notes)),
        key=clicks.fresh(key),
        on_select=clicks.opens(key),
        table=partial(_table, view),
        figure=charts.dot_interval(
            [charts.Group(view.name(standing), standing.figure) for standing in view.standings[kpi.id]],
            unit=kpi.unit,
            reference=reference,
            reference_band=band,  # type: ignore[arg-type]
            **page.look(),
        ),
    )
    fair.open_rows(view, kpi, key, view.standings[kpi.id])


def _nobody(view: View, kpi: Kpi) -> None:
    """Nothing to draw: why, and a way out."""
    floor = _("A figure of a person is shown from 30 cases, when five agents of the team have as many.")
    key = f"agents-{kpi.id}"
    box = page.panel(_verdicts(view, kpi), floor if view.team else _clocked(view, kpi), key=key)
    if view.scope.choice.preset is not Preset.LAST_90:
        box.button(_("See the last 90 days"), key=f"widen-{key}", on_click=sidebar.widen, args=(Preset.LAST_90,))


def _clocked(view: View, kpi: Kpi) -> str:
    has_clock = any(param.name == "clock" for param in kpi.params)
    return words.clock_of(view.scope.choice.clock) if has_clock else ""


def _rows(view: View) -> None:
    """Everybody, in alphabetical order; a productivity figure with the quality beside it."""
    figures = map(str, _table(view).columns[1 + bool(view.team) : -1])
    page.panel(
        words.short(view.kpi),
        _("In alphabetical order; “–”: not shown, the last column says why"),
        key="agents-rows",
        table=partial(_table, view),
        columns={name: st.column_config.Column(alignment="right") for name in figures},
    )


def _table(view: View) -> pd.DataFrame:
    kpi, standings = view.kpi, view.ordered(view.kpi)
    names = [view.name(one) for one in standings]
    table = {_("Agent"): names} if view.team else {}
    table[_("Team") if view.team else words.dimension(view.level)] = (
        [view.team_name] * len(names) if view.team else names
    )
    table |= {
        "n": [reading.count(one.figure) for one in standings],
        _("Value"): [reading.value(one.figure, kpi.unit) for one in standings],
        _("95% interval"): [reading.interval(one.figure, kpi.unit) for one in standings],
    }
    mixed = view.fair[kpi.id]
    if mixed is not None:
        table[_("On the same requests")] = [
            fair.shrunk(mixed, kpi, mixed.of(one.who) if one.verdict is not None else None) for one in standings
        ]
    if view.beside:
        quality = {one.who: reading.value(one.figure, view.beside.unit) for one in view.standings[view.beside.id]}
        table[words.short(view.beside)] = [quality.get(one.who, fmt.UNKNOWN) for one in standings]
    table[_("Beside the team") if view.team else _("Beside the whole")] = [
        how_to_read.standing(one) for one in standings
    ]
    return pd.DataFrame(table)
