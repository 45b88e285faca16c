"""Agents: the centre, then a team, then one agent, each beside its reference. Nobody is ranked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial

import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import absent, address, cache, cards, charts, page, peers, reading, sidebar, words
from dashboard import format as fmt
from dashboard.cards import Board
from dashboard.filters import Scope
from dashboard.i18n import _, language, ngettext
from dashboard.peers import PRODUCTIVITY, QUALITY, One, View
from dashboard.periods import Preset
from kpi import catalog
from kpi.definition import Kpi
from kpi.model import Answer, Figure, Grain
from kpi.statistics.agents import Reason, Standing, Verdict, of_agents, tally, through_time


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
        _one_agent(view, agent, offered, top)
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
        none = _("None of the <b>{n} agents</b> is distinguishable from the team.")
        return (none if view.team else _("None of the <b>{n} teams</b> is distinguishable from the whole.")).format(
            n=comparable
        )
    if view.team:
        text = ngettext("<b>{n} of {all} agents</b> stands apart.", "<b>{n} of {all} agents</b> stand apart.", apart)
    else:
        text = ngettext("<b>{n} of {all} teams</b> stands apart.", "<b>{n} of {all} teams</b> stand apart.", apart)
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
    if len(kpis) == 1 and comparable:
        wide, narrow = page.split(7, 4)
        with wide:
            _dots(view, view.kpi)
        with narrow:
            _how_to_read(view)
        _rows(view)
        return
    reading.side_by_side([partial(_dots, view, kpi) for kpi in kpis])
    _rows(view)
    _how_to_read(view)


def _dots(view: View, kpi: Kpi) -> None:
    if all(one.verdict is None for one in view.standings[kpi.id]):
        _nobody(view, kpi)
        return
    total = view.answers[kpi.id].total
    value, low_high = page.shown(total), total.ci
    name = view.team_name if view.team else _("the whole")
    reference = None if value is None else charts.Reference(value, f"{name} {reading.value(total, kpi.unit)}")
    band = (low_high[0], low_high[1]) if low_high and None not in low_high and value is not None else None
    notes = [_("Dot and line: value and 95 % interval"), _("band: interval of the reference"), _clocked(view, kpi)]
    if kpi.id in PRODUCTIVITY:
        notes.append(_("never an individual target"))
    page.panel(
        _verdicts(view, kpi),
        " · ".join(filter(None, notes)),
        key=f"agents-{kpi.id}",
        figure=charts.dot_interval(
            [charts.Group(view.name(standing), standing.figure) for standing in view.standings[kpi.id]],
            unit=kpi.unit,
            reference=reference,
            reference_band=band,  # type: ignore[arg-type]
            **page.look(),
        ),
    )


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
    kpi, standings = view.kpi, view.ordered(view.kpi)
    table = {_("Agent"): [view.name(one) for one in standings]} if view.team else {}
    table[_("Team")] = [view.team_name if view.team else view.name(one) for one in standings]
    figures = {
        "n": [reading.count(one.figure) for one in standings],
        _("Value"): [reading.value(one.figure, kpi.unit) for one in standings],
        _("95 % interval"): [reading.interval(one.figure, kpi.unit) for one in standings],
    }
    if view.beside:
        quality = {one.who: reading.value(one.figure, view.beside.unit) for one in view.standings[view.beside.id]}
        figures[words.short(view.beside)] = [quality.get(one.who, fmt.UNKNOWN) for one in standings]
    verdicts = {_("Beside the team") if view.team else _("Beside the whole"): [_standing(one) for one in standings]}
    page.panel(
        words.short(kpi),
        _("In alphabetical order; “–”: not shown, the last column says why"),
        key="agents-rows",
        table=lambda: pd.DataFrame({**table, **figures, **verdicts}),
        columns={name: st.column_config.Column(alignment="right") for name in figures},
    )


def _standing(standing: Standing) -> str:
    if standing.verdict is not None:
        return {
            Verdict.ABOVE: _("above"),
            Verdict.SAME: _("not distinguishable"),
            Verdict.BELOW: _("below"),
        }[standing.verdict]
    return _why(standing.reason)


def _why(reason: Reason | None) -> str:
    return {
        Reason.FEW_CASES: _("fewer than 30 cases"),
        Reason.SMALL: _("too few cases"),
        Reason.FEW_PEERS: _("fewer than five comparable agents"),
        Reason.ONE_AGENT: _("a single agent"),
        Reason.SHIELD: _("hidden to protect another"),
    }.get(reason or Reason.FEW_CASES, "")


# One agent


def _one_agent(view: View, agent: One, offered: Sequence[str], top: DeltaGenerator) -> None:
    """The same KPIs through time, with the team's line in quiet; closed when the agent may be shown on none."""
    asked = cache.ask(view.scope.query(*offered, by=("agent_id",)))
    mine = {
        kpi_id: next((one for one in of_agents(answer.rows, answer.total) if one.who == agent[0]), None)
        for kpi_id, answer in asked.items()
    }
    seen = {kpi_id: one for kpi_id, one in mine.items() if one and one.verdict is not None}
    closed = not any(kpi_id in QUALITY for kpi_id in seen)
    with top:
        page.header(_("Agents"), "" if closed else _agent_lead(view, agent, seen))
    if closed:
        page.empty(
            _("This agent’s page is closed"),
            _("It opens from 30 cases of an indicator, in a team where five agents have as many. "
              "A longer period may be enough."),
            key="agent-closed",
        )  # fmt: skip
        return
    lines = cache.ask(peers.narrowed(view.scope, "agent_id", agent[0]).query(*seen, grain=Grain.MONTH))
    team = cache.ask(view.scope.query(*seen, grain=Grain.MONTH, intervals=False))
    with page.tiles("agent", 3):
        for kpi_id, standing in seen.items():
            _agent_panel(view, standing, asked[kpi_id], through_time(lines[kpi_id].rows), team[kpi_id].rows)
        _how_to_read(view)
    _not_shown({kpi_id: one for kpi_id, one in mine.items() if kpi_id not in seen})


def _agent_lead(view: View, agent: One, seen: Mapping[str, Standing]) -> str:
    """On how many indicators the agent can be read, and on which the gap is more than chance."""
    who = words.html(f"{peers.agent_name(agent)}, {view.team_name}")
    apart = [peers.kpi_name(kpi_id) for kpi_id, one in seen.items() if one.verdict is not Verdict.SAME]
    counted = ngettext("<b>{n} indicator</b> has enough cases", "<b>{n} indicators</b> have enough cases", len(seen))
    rest = _("not distinguishable from the team")
    if apart:
        rest = _("apart from the team on: {names}").format(names=words.html(", ".join(apart)))
    return _("{who}: {counted}; {rest}.").format(who=who, counted=counted.format(n=len(seen)), rest=rest)


def _agent_panel(
    view: View, standing: Standing, answer: Answer, mine: Sequence[Figure], team: Sequence[Figure]
) -> None:
    kpi, figure = catalog.get(answer.kpi), standing.figure
    alone = f"{reading.interval(figure, kpi.unit)} · n = {reading.count(figure)}"
    beside = [
        _("team {value}").format(value=reading.value(answer.total, kpi.unit)),
        _standing(standing),
        _("never an individual target") if kpi.id in PRODUCTIVITY else "",
    ]
    # The interval of a month's median is as wide as the chart; that of the period is in words.
    lines = [charts.Line(_("agent"), mine, band=kpi.kind != "quantile")]
    if kpi.by_agent is None:  # Else the team counts whole contacts, the agent parts of them.
        lines.append(charts.Line(_("team"), team, color=page.theme().previous))
    drawn = len(page.busy(mine)) > 1
    box = page.panel(
        _("{kpi}: {value}").format(kpi=words.short(kpi), value=reading.value(figure, kpi.unit)),
        f"{alone}<br>{' · '.join(filter(None, beside))}",
        key=f"agent-{kpi.id}",
        figure=charts.trend(
            lines, unit=kpi.unit, grain=Grain.MONTH, height=190, timezone=view.scope.timezone, **page.look()
        )
        if drawn
        else None,
    )
    if not drawn:
        box.caption(_("A line needs two months of 30 cases."))


def _not_shown(closed: Mapping[str, Standing | None]) -> None:
    notes = [
        f"{peers.kpi_name(kpi_id)} ({_why(one.reason) if one else _('no case')})" for kpi_id, one in closed.items()
    ]
    if notes:
        page.notice(words.html(_("Not shown: {names}.").format(names=", ".join(notes))))


# The note


def _how_to_read(view: View) -> None:
    """What a figure of a person says, and what it does not."""
    notes = [
        _("“Above” and “below” speak of the value, not of the merit: for a time, above means longer."),
        _("They are said only when the two intervals do not meet; else the gap may be chance."),
        _("The mix of requests is not adjusted for yet: those who handle different requests cannot be compared."),
        _("A figure of a person is shown from 30 cases, when five agents of the team have as many."),
        _("A figure supports a conversation; it never decides alone (GDPR, article 22)."),
    ]
    if view.team and not cache.allowed("show_names"):
        notes.append(_("Agents appear under the identifiers of the exports."))
    lines = "".join(f"<li>{words.html(note)}</li>" for note in notes)
    with page.panel(_("How to read this page"), key="how-to-read"):
        st.html(f'<ul class="v-notes">{lines}</ul>')
