"""Who is read beside whom: the team, the KPI and the agent in use on the page of agents, and what they answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TypeVar

import streamlit as st

from dashboard import address, breakdown, cache, words
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.periods import INSTANT
from kpi import catalog
from kpi.definition import Kpi
from kpi.fairness import Fair
from kpi.model import Answer, Filter, Period, Query, Value
from kpi.statistics.agents import Standing, Verdict, of_agents, of_teams

PARAMETER = {"agents_team": "of_team", "agents_agent": "of_agent", "agents_kpi": "kpi", "agents_level": "level"}
"""Choice -> its name in the address, where `team` and `agent` are filters."""
QUALITY = ("fcr_rate", "csat_rate", "resolution_time_median", "sla_resolution_rate", "reopen_rate", "frt_median")
LEVELS = ("team_id", "site", "organisation")
"""What is compared before a team is chosen."""
PRODUCTIVITY = ("average_handle_time",)
"""Read only beside a quality KPI, never an individual target."""
T = TypeVar("T")
One = tuple[Value, ...]
"""A team or an agent, or () for all of them."""
NO_TEAM: One = (None,)
"""Where the exports name no team, everybody is read together."""


@dataclass(frozen=True, slots=True)
class View:
    """What the reader looks at: a KPI in the whole, in a team, or for one agent."""

    scope: Scope
    """Without the agent filter; narrowed to the team in use."""
    kpi: Kpi
    beside: Kpi | None
    team: One
    answers: dict[str, Answer]
    standings: dict[str, tuple[Standing, ...]]
    """With the verdicts on the same mix of cases, where they can be given."""
    fair: Mapping[str, Fair | None]
    level: str = "team_id"

    @property
    def team_name(self) -> str:
        if self.team == NO_TEAM:
            return _("all agents")
        return breakdown.name_of("team_id", self.team[0]) if self.team else _("all teams")

    @property
    def dimension(self) -> str:
        return "agent_id" if self.team else self.level

    def name(self, standing: Standing) -> str:
        return breakdown.name_of(self.dimension, standing.who)

    def ordered(self, kpi: Kpi) -> list[Standing]:
        """Alphabetical, always."""
        return sorted(self.standings[kpi.id], key=lambda standing: self.name(standing).casefold())


def offered(scope: Scope) -> list[str]:
    """The KPIs that the imports and the filters allow; productivity only when there is quality to read beside."""
    tables = cache.engine().tables()

    def possible(kpi: Kpi) -> bool:
        return set(kpi.needs) <= tables and scope.missing_dimension(kpi) is None

    quality, productivity = ([id_ for id_ in ids if possible(catalog.get(id_))] for ids in (QUALITY, PRODUCTIVITY))
    return [*quality, *productivity] if quality else []


def ever_counted(kpi_ids: tuple[str, ...]) -> bool:
    """Whether any of these KPIs has a case in all the data."""
    store = cache.engine()
    whole = Period(store.first_instant(), store.data_until() + INSTANT)
    answers = cache.ask(Query(kpi_ids, whole, targets=cache.targets(), timezone=store.timezone()))
    return any(answer.total.n or answer.total.n_open for answer in answers.values())


def view_of(scope: Scope, offered: Sequence[str], individual: bool) -> View:
    """The team and the KPI in use, with everybody beside the reference."""
    kpi_id = kept("agents_kpi", offered)
    kpi = catalog.get(kpi_id)
    beside = catalog.get(offered[0]) if kpi_id in PRODUCTIVITY else None
    ids = tuple(dict.fromkeys([kpi_id, *([beside.id] if beside else [])]))
    teams = cache.ask(scope.query(*ids, by=("team_id",)))
    found: list[One] = sorted(((f.keys[0],) for f in teams[kpi_id].rows if f.n or f.n_open), key=team_name)
    team: One = ()
    if individual and found == [NO_TEAM]:
        team = NO_TEAM
    elif individual:
        # One team alone, by the filters or in the whole centre, is nothing to compare: its agents are.
        team = pick("agents_team", found if len(found) == 1 else [(), *found], _("Team"), team_name)
    if not team:
        return _groups(scope, kpi, beside, ids)
    narrow = narrowed(scope, "team_id", team[0])
    answers = cache.ask(narrow.query(*ids, by=("agent_id",)))
    fair = {id_: cache.fair(narrow.query(id_), id_, "agent_id") for id_ in ids}
    standings = {id_: same_mix(of_agents(answers[id_].rows, answers[id_].total), fair[id_]) for id_ in ids}
    return View(narrow, kpi, beside, team, answers, standings, fair)


def _groups(scope: Scope, kpi: Kpi, beside: Kpi | None, ids: Sequence[str]) -> View:
    """Teams, sites or organisations beside the whole."""
    several = [name for name in LEVELS if name == LEVELS[0] or len(cache.domains().get(name, ())) > 1]
    level = pick("agents_level", several, _("Compare"), words.dimension) if len(several) > 1 else several[0]
    groups = cache.ask(scope.query(*ids, by=(level,)))
    members = cache.ask(scope.query(*ids, by=(level, "agent_id"), intervals=False, totals=False))
    fair = {id_: cache.fair(scope.query(id_), id_, level) for id_ in ids}
    standings = {
        id_: same_mix(of_teams(groups[id_].rows, members[id_].rows, groups[id_].total), fair[id_]) for id_ in ids
    }
    return View(scope, kpi, beside, (), groups, standings, fair, level)


def same_mix(standings: Iterable[Standing], fair: Fair | None) -> tuple[Standing, ...]:
    """The standings with the verdicts on the same mix of cases; what is hidden stays so."""

    def judged(one: Standing) -> Standing:
        if fair is None or one.verdict is None:
            return one
        found = fair.of(one.who)
        return replace(one, verdict=found.verdict if found and found.verdict else Verdict.SAME)

    return tuple(judged(one) for one in standings)


def kept(name: str, options: Sequence[T]) -> T:
    """The choice in use, known before its list is drawn; the address may ask another."""
    linked = address.asked(PARAMETER[name], options, _code)
    chosen = st.session_state.get(f"{name}-{language()}", st.session_state.get(name)) if linked is None else linked
    return chosen if chosen in options else options[0]


def pick(name: str, options: Sequence[T], label: str, write: Callable[[T], str]) -> T:
    """A list to choose from; the choice lives through a change of language and of the other choices, and is in the
    address."""
    key = f"{name}-{language()}"
    st.session_state[key] = st.session_state[name] = kept(name, options)
    texts = [write(option) for option in options]
    picked = st.selectbox(label, options, format_func=lambda one: texts[options.index(one)], key=key, width=260)
    chosen = options[0] if picked is None else picked
    address.write(PARAMETER[name], None if chosen == options[0] else _code(chosen))
    return chosen


def _code(option: object) -> str:
    """An option in the address: a KPI's id, a team's or an agent's identifier."""
    return str(option[0]) if isinstance(option, tuple) and option else str(option or "")


def kpi_name(kpi_id: str) -> str:
    return words.short(catalog.get(kpi_id))


def team_name(team: One) -> str:
    return breakdown.name_of("team_id", team[0]) if team else _("All teams")


def agent_name(agent: One) -> str:
    return breakdown.name_of("agent_id", agent[0]) if agent else _("All agents")


def agents_of(view: View) -> list[One]:
    return [(), *((standing.who,) for standing in view.ordered(view.kpi))]


def narrowed(scope: Scope, dimension: str, value: Value) -> Scope:
    others = scope.choice.without(dimension)
    return replace(scope, choice=replace(others, filters=(*others.filters, Filter(dimension, (value,)))))
