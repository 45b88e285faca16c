"""One agent through time, beside the team: the second half of the page of agents."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial

import pandas as pd
from streamlit.delta_generator import DeltaGenerator

from dashboard import cache, charts, clicks, how_to_read, noise, page, peers, reading, words
from dashboard import format as fmt
from dashboard.i18n import _, language, ngettext
from dashboard.peers import PRODUCTIVITY, QUALITY, One, View
from kpi import catalog
from kpi.model import Answer, Figure, Grain
from kpi.statistics.agents import Standing, Verdict, of_agents, through_time


def draw(view: View, agent: One, offered: Sequence[str], top: DeltaGenerator) -> None:
    """The same KPIs through time, with the team's line in quiet; closed when the agent may be shown on none."""
    asked = cache.ask(view.scope.query(*offered, by=("agent_id",)))
    mine = {kpi_id: _mine(view, answer, agent) for kpi_id, answer in asked.items()}
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
        how_to_read.panel(view)
    _not_shown({kpi_id: one for kpi_id, one in mine.items() if kpi_id not in seen})


def _mine(view: View, answer: Answer, agent: One) -> Standing | None:
    mixed = cache.fair(view.scope.query(answer.kpi), answer.kpi, "agent_id")
    standings = peers.same_mix(of_agents(answer.rows, answer.total), mixed)
    return next((one for one in standings if one.who == agent[0]), None)


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
        how_to_read.standing(standing),
        _("never an individual target") if kpi.id in PRODUCTIVITY else "",
    ]
    # The interval of a month's median is as wide as the chart; that of the period is in words.
    lines = [charts.Line(_("agent"), mine, band=kpi.kind != "quantile")]
    if kpi.by_agent is None:  # Else the team counts whole contacts, the agent parts of them.
        lines.append(charts.Line(_("team"), team, color=page.theme().previous))
    drawn, key = len(page.busy(mine)) > 1, f"agent-{kpi.id}"
    on_select = clicks.narrows(key, Grain.MONTH, mine) if drawn else None
    box = page.panel(
        _("{kpi}: {value}").format(kpi=words.short(kpi), value=reading.value(figure, kpi.unit)),
        f"{alone}<br>{' · '.join(filter(None, beside))}",
        key=clicks.fresh(key),
        on_select=on_select,
        table=partial(_table, answer.kpi, lines) if drawn else None,
        figure=charts.trend(
            lines,
            unit=kpi.unit,
            grain=Grain.MONTH,
            clicked=on_select is not None,
            height=190,
            timezone=view.scope.timezone,
            notes=noise.notes([point.keys[-1] for point in mine], Grain.MONTH),
            **page.look(),
        )
        if drawn
        else None,
    )
    if not drawn:
        box.caption(_("A line needs two months of 30 cases."))


def _table(kpi_id: str, lines: Sequence[charts.Line]) -> pd.DataFrame:
    """A row a month, of the agent and of the team."""
    kpi, lang = catalog.get(kpi_id), language()
    table = {_("Date"): [str(point.keys[-1]) for point in lines[0].points]}
    for line in lines:
        table[line.label.capitalize()] = [fmt.text(page.shown(point), kpi.unit, lang) for point in line.points]
        table[f"{line.label.capitalize()}, n"] = [reading.count(point) for point in line.points]
    return pd.DataFrame(table)


def _not_shown(closed: Mapping[str, Standing | None]) -> None:
    notes = [
        f"{peers.kpi_name(kpi_id)} ({how_to_read.why(one.reason) if one else _('no case')})"
        for kpi_id, one in closed.items()
    ]
    if notes:
        page.notice(words.html(_("Not shown: {names}.").format(names=", ".join(notes))))
