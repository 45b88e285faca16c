"""The demo centre: the same rows for the same arguments, rows that keep the rules, and the facts planted in it."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import duckdb
import pytest

from data.sample import fill, world
from data.sample.clock import HISTORY_DAYS, as_datetime, local_midnight
from data.sample.planted import DEMO, NOTHING, Bias, Incident, NewHours, Pair, Planted, Shortage, Slow, drawn
from data.schema import CANONICAL, Table, create_table

UNTIL = date(2026, 11, 21)
SMALL = 1_500
COUNTED = "exclusion IS NULL AND merged_into_ticket_id IS NULL"
WRITTEN = f"{COUNTED} AND initiated_by = 'customer' AND channel NOT IN ('phone', 'click_to_talk')"

Connection = duckdb.DuckDBPyConnection


def filled(
    tickets: int = SMALL, *, seed: int = 2026, until: date = UNTIL, planted: Planted = DEMO, days: int = HISTORY_DAYS
) -> Connection:
    con = duckdb.connect()
    for table in CANONICAL:
        con.execute(create_table(table))
    fill(con, tickets=tickets, seed=seed, until=until, planted=planted, days=days)
    return con


def rows(con: Connection, table: Table) -> list[tuple[object, ...]]:
    return con.execute(f'FROM "{table.name}"').fetchall()


def value(con: Connection, sql: str, parameters: object = None) -> float:
    row = con.execute(sql, parameters).fetchone()
    assert row is not None
    assert row[0] is not None
    return float(row[0])


@pytest.fixture(scope="module")
def small() -> Iterator[Connection]:
    with filled() as con:
        yield con


@pytest.fixture(scope="module")
def centre() -> Iterator[Connection]:
    """The centre at its default size, on which effects are measured."""
    with filled(60_000) as con:
        yield con


def before_end(days: float, until: date = UNTIL) -> datetime:
    """UTC instant so long before the local midnight at the end of `until`."""
    return as_datetime(local_midnight(until + timedelta(days=1))) - timedelta(days=days)


END = before_end(0)


# -- the same rows


@pytest.mark.parametrize("zone", ["UTC", "Pacific/Auckland"])
def test_the_rows_do_not_depend_on_the_machine(small: Connection, zone: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "TZ", zone)
    time.tzset()
    try:
        with filled() as again:
            again.execute(f"SET TimeZone = '{zone}'")
            for table in CANONICAL:
                assert rows(again, table) == rows(small, table), table.name
    finally:
        monkeypatch.undo()
        time.tzset()


def test_another_seed_is_another_centre(small: Connection) -> None:
    with filled(seed=7) as other:
        for name in ("tickets", "interactions", "surveys", "orders", "agent_time"):
            table = next(table for table in CANONICAL if table.name == name)
            assert rows(other, table) != rows(small, table)


def test_yesterday_is_the_last_day_by_default() -> None:
    con = duckdb.connect()
    for table in CANONICAL:
        con.execute(create_table(table))
    paris = ZoneInfo("Europe/Paris")
    before = datetime.now(paris).date()
    fill(con, tickets=200)
    after = datetime.now(paris).date()
    newest = con.execute(
        "SELECT max(timezone('Europe/Paris', timezone('UTC', data_until)))::DATE FROM imports"
    ).fetchone()
    assert newest is not None
    assert newest[0] in (before - timedelta(days=1), after - timedelta(days=1))


@pytest.mark.parametrize("until", [date(2024, 2, 29), date(2025, 3, 30), date(2025, 10, 26), date(2026, 1, 1)])
@pytest.mark.parametrize("tickets", [60, 300])
def test_any_last_day_and_size_will_do(until: date, tickets: int) -> None:
    with filled(tickets, until=until) as con:
        assert value(con, "SELECT count(*) FROM tickets") == tickets
        assert not list(broken_rules(con))


# -- rows that keep the rules


def broken_rules(con: Connection) -> Iterator[str]:
    """Every rule of the schema that a row breaks, in words."""
    for table in CANONICAL:
        checks = [*table.checks]
        checks += [(f'"{column.name}" IS NOT NULL', "required") for column in table.columns if column.required]
        checks += [(f'"{column.name}" IN {column.values}', "value list")
                   for column in table.columns if column.values]  # fmt: skip
        for rule, why in checks:
            broken = value(con, f'SELECT count(*) FROM "{table.name}" WHERE NOT ({rule})')
            if broken:
                yield f"{table.name}: {broken:.0f} rows break {rule} ({why})"
        key = ", ".join(f'"{name}"' for name in table.key)
        doubles = value(con, f'SELECT count(*) - count(DISTINCT ({key})) FROM "{table.name}"')
        if doubles:
            yield f"{table.name}: {doubles:.0f} rows repeat the key {key}"


def test_every_rule_of_the_schema_holds(centre: Connection) -> None:
    assert list(broken_rules(centre)) == []


@pytest.mark.parametrize("table", CANONICAL, ids=lambda table: table.name)
def test_every_table_has_rows(small: Connection, table: Table) -> None:
    assert value(small, f'SELECT count(*) FROM "{table.name}"') > 0


def test_sizes_follow_the_number_of_tickets(centre: Connection) -> None:
    assert value(centre, "SELECT count(*) FROM tickets") == 60_000
    assert 130_000 < value(centre, "SELECT count(*) FROM interactions") < 170_000
    assert value(centre, "SELECT count(DISTINCT channel) FROM tickets") == 14


REFERENCES = {
    "ticket_id": "tickets", "merged_into_ticket_id": "tickets", "escalated_ticket_id": "tickets",
    "interaction_id": "interactions", "parent_interaction_id": "interactions", "customer_id": "customers",
    "team_id": "teams", "agent_id": "agents", "manager_agent_id": "agents", "order_id": "orders",
    "calendar_id": "calendars", "_import_id": "imports",
}  # fmt: skip


def test_ids_point_to_rows(centre: Connection) -> None:
    keys = {table.name: table.key[0] for table in CANONICAL}
    for table in CANONICAL:
        for column in table.columns:
            target = REFERENCES.get(column.name)
            if target is None or column.name == table.key[0]:
                continue
            orphans = value(centre, f"""
                SELECT count(*) FROM "{table.name}" AS one ANTI JOIN "{target}" AS other
                ON one."{column.name}" = other."{keys[target]}" WHERE one."{column.name}" IS NOT NULL""")  # fmt: skip
            assert orphans == 0, f"{table.name}.{column.name}"


def test_nothing_is_known_before_it_happens(centre: Connection) -> None:
    """No instant lies past the end, but for promises, and the log of the load itself."""
    for table in CANONICAL:
        for column in table.columns:
            if column.type == "TIMESTAMP" and column.name not in ("promised_at", "loaded_at"):
                late = value(centre, f'SELECT count(*) FROM "{table.name}" WHERE "{column.name}" >= ?', [END])
                assert late == 0, f"{table.name}.{column.name}"
    assert value(centre, "SELECT count(*) FROM agent_time WHERE work_date > ?", [UNTIL]) == 0


def test_two_years_are_covered(centre: Connection) -> None:
    days = "SELECT count(DISTINCT timezone('Europe/Paris', timezone('UTC', created_at))::DATE) FROM tickets"
    assert value(centre, days) == 730
    assert value(centre, "SELECT max(epoch(?::TIMESTAMP - data_until)) FROM imports", [END]) < 86_400


def test_a_ticket_stands_where_its_last_events_left_it(centre: Connection) -> None:
    for column, kind in (("status", "status"), ("priority", "priority"), ("team_id", "team"), ("agent_id", "agent")):
        differ = f"""
            SELECT count(*) FROM tickets JOIN (
                SELECT ticket_id, arg_max(to_value, (event_at, seq)) AS last
                FROM ticket_events WHERE event_type = '{kind}' GROUP BY ticket_id
            ) USING (ticket_id) WHERE {column} IS DISTINCT FROM last"""
        assert value(centre, differ) == 0, column
    first = """
        SELECT count(*) FROM tickets LEFT JOIN (
            SELECT ticket_id, min(event_at) AS replied FROM ticket_events
            WHERE event_type = 'public_reply' AND actor = 'agent' GROUP BY ticket_id
        ) USING (ticket_id) WHERE first_response_at IS DISTINCT FROM replied"""
    assert value(centre, first) == 0
    assert value(centre, "SELECT count(*) FROM tickets WHERE (resolved_at IS NULL) <> "
                         "(status NOT IN ('solved', 'closed'))") == 0  # fmt: skip


def test_an_event_starts_where_the_one_before_ended(centre: Connection) -> None:
    broken = """
        SELECT count(*) FROM (
            SELECT from_value, lag(to_value) OVER (
                PARTITION BY ticket_id, event_type ORDER BY event_at, seq) AS before
            FROM ticket_events WHERE event_type IN ('status', 'priority', 'team', 'agent')
        ) WHERE before IS NOT NULL AND from_value IS DISTINCT FROM before"""
    assert value(centre, broken) == 0


def test_a_contact_runs_forward_in_time(centre: Connection) -> None:
    assert value(centre, "SELECT count(*) FROM interactions WHERE answered_at < offered_at OR ended_at < offered_at "
                         "OR ended_at < answered_at") == 0  # fmt: skip
    assert value(centre, "SELECT count(*) FROM interactions WHERE talk_s < 0 OR hold_s < 0 OR wrap_s < 0") == 0
    assert value(centre, "SELECT count(*) FROM interactions WHERE ended_at IS NULL AND talk_s IS NOT NULL") == 0


def test_contact_counts_agree_with_the_contacts(centre: Connection) -> None:
    differ = """
        SELECT count(*) FROM tickets LEFT JOIN (
            SELECT ticket_id, count(*) AS contacts FROM interactions
            WHERE direction = 'inbound' AND parent_interaction_id IS NULL GROUP BY ticket_id
        ) USING (ticket_id) WHERE contact_count <> coalesce(contacts, 0)"""
    assert value(centre, differ) == 0


def test_nobody_picks_up_on_a_public_holiday(centre: Connection) -> None:
    assert value(centre, "SELECT count(*) FROM interactions WHERE channel = 'phone' AND answered_at::DATE IN "
                         "('2025-05-01', '2025-12-25', '2026-07-14')") == 0  # fmt: skip


# -- rows that a centre really has


def test_the_oddities_of_real_exports_are_there_and_rare(centre: Connection) -> None:
    share = "SELECT avg(({})::INT) FROM tickets"
    rare = {
        "team_id IS NULL": 0.001, "request_type IS NULL": 0.03, "customer_id IS NULL": 0.04,
        "exclusion IS NOT NULL": 0.018, "merged_into_ticket_id IS NOT NULL": 0.004, "initiated_by <> 'customer'": 0.025,
        "first_response_at < created_at": 0.0006, "contact_count IS NULL": 0.06,
    }  # fmt: skip
    for condition, expected in rare.items():
        assert value(centre, share.format(condition)) == pytest.approx(expected, rel=0.6), condition
    assert (
        5 < value(centre, "SELECT count(*) FROM ticket_events WHERE from_value = 'closed' AND to_value = 'open'") < 200
    )
    assert value(centre, "SELECT count(*) FROM surveys WHERE score > scale_max") > 0
    assert value(centre, "SELECT count(*) FROM surveys WHERE survey_type = 'nps' AND scale_min = 1") > 0
    assert value(centre, "SELECT count(*) FROM surveys WHERE survey_type = 'ces' AND higher_is_better") > 0
    assert value(centre, "SELECT count(*) FROM surveys WHERE responded_at > sent_at + INTERVAL 14 DAY") > 0


def test_some_tickets_are_still_open_and_a_few_very_old(centre: Connection) -> None:
    backlog = backlog_at(centre, 0)
    recent = value(centre, f"SELECT count(*) FROM tickets WHERE {COUNTED} AND created_at >= ?", [before_end(61)])
    assert 0.025 < backlog / recent < 0.055
    unresolved = f"{COUNTED} AND status NOT IN ('solved', 'closed')"
    old = value(centre, f"SELECT count(*) FROM tickets WHERE {unresolved} AND created_at < ?", [before_end(30)])
    assert 3 <= old < 0.35 * backlog
    assert value(centre, f"SELECT count(DISTINCT status) FROM tickets WHERE {unresolved}") == 4


def test_headline_figures_are_those_of_an_ordinary_centre(centre: Connection) -> None:
    calls = """FROM (SELECT *, epoch(coalesce(answered_at, ended_at) - offered_at) AS wait FROM interactions)
        WHERE channel IN ('phone', 'click_to_talk') AND direction = 'inbound' AND parent_interaction_id IS NULL
        AND outcome IN ('answered', 'abandoned', 'overflow', 'callback')
        AND NOT (outcome = 'abandoned' AND wait < 5)"""
    assert 0.89 < value(centre, f"SELECT avg((outcome = 'answered')::INT) {calls}") < 0.95
    assert 0.74 < value(centre, f"SELECT avg((outcome = 'answered' AND wait <= 30)::INT) {calls}") < 0.84
    handled = f"SELECT avg(talk_s + hold_s + wrap_s) {calls} AND outcome = 'answered'"
    assert 270 < value(centre, handled) < 390
    nps = "FROM surveys WHERE survey_type = 'nps' AND scale_min = 0 AND score BETWEEN 0 AND 10"
    assert 20 < value(centre, f"SELECT 100 * avg((score >= 9)::INT - (score <= 6)::INT) {nps}") < 40
    csat = "FROM surveys WHERE survey_type = 'csat' AND score <= scale_max"
    satisfied = f"SELECT avg(((score - scale_min) / (scale_max - scale_min) >= 0.75)::INT) {csat}"
    assert 0.76 < value(centre, satisfied) < 0.88
    answered = (
        "SELECT avg(coalesce(responded_at <= sent_at + INTERVAL 14 DAY, false)::INT) FROM surveys WHERE item = 'main'"
    )
    assert 0.18 < value(centre, answered) < 0.27
    single = f"SELECT avg((contact_count = 1)::INT) FROM tickets WHERE {COUNTED} AND initiated_by = 'customer'"
    assert 0.74 < value(centre, single) < 0.86


# -- planted facts


def median_response(con: Connection, oldest: float, newest: float, *, until: date = UNTIL) -> float:
    """Median first response, in seconds, of the replies sent that many days before the end."""
    return value(con, f"""
        SELECT median(epoch(first_response_at - created_at)) FROM tickets
        WHERE {WRITTEN} AND first_response_at >= created_at
        AND first_response_at >= ? AND first_response_at < ?""",
        [before_end(oldest, until), before_end(newest, until)])  # fmt: skip


def created(con: Connection, oldest: float, newest: float, more: str = "true") -> float:
    return value(con, f"SELECT count(*) FROM tickets WHERE {COUNTED} AND {more} AND created_at >= ? AND created_at < ?",
                 [before_end(oldest), before_end(newest)])  # fmt: skip


def backlog_at(con: Connection, days: float) -> float:
    """Unresolved tickets at an instant, from their events."""
    return value(con, f"""
        SELECT count(*) FROM tickets LEFT JOIN (
            SELECT ticket_id, arg_max(to_value, (event_at, seq)) AS status_then FROM ticket_events
            WHERE event_type = 'status' AND event_at <= $at GROUP BY ticket_id
        ) USING (ticket_id)
        WHERE {COUNTED} AND created_at <= $at AND coalesce(status_then, 'new') NOT IN ('solved', 'closed')""",
        {"at": before_end(days)})  # fmt: skip


def test_the_incident_brings_more_tickets_and_slower_replies(centre: Connection) -> None:
    product = world.PRODUCT_NAMES[Incident().product]
    start = Incident().start
    during, usual = (start, start - 10), (start + 31, start + 1)
    about_it = f"product = '{product}'"
    assert created(centre, *during, about_it) > 4 * created(centre, *usual, about_it) / 3
    assert created(centre, *during) > 1.25 * created(centre, *usual) / 3
    assert median_response(centre, *during) > 1.15 * median_response(centre, *usual)
    scores = (
        "SELECT avg(score) FROM surveys JOIN tickets USING (ticket_id) WHERE survey_type = 'csat' AND scale_max = 5 "
    )
    window = f"created_at >= '{before_end(start)}' AND created_at < '{before_end(start - 10)}' AND {about_it}"
    assert value(centre, scores + f"AND {window}") < value(centre, scores + f"AND NOT ({window})") - 0.2


def assert_replies_came_sooner(con: Connection, until: date) -> None:
    """The last 30 days against the 30 days before, as a manager compares them."""
    recent, earlier = (median_response(con, *days, until=until) for days in ((30, 0), (60, 30)))
    assert 0.10 < 1 - recent / earlier < 0.35
    change = until - timedelta(days=NewHours().since - 1)
    assert value(con, "SELECT count(*) FROM calendar_hours WHERE valid_from = ?", [change]) > 0


def test_the_new_opening_hours_shorten_the_first_response(centre: Connection) -> None:
    assert_replies_came_sooner(centre, UNTIL)


def test_the_new_opening_hours_follow_the_last_day() -> None:
    until = date(2026, 3, 10)
    with filled(60_000, until=until) as con:
        assert_replies_came_sooner(con, until)


def test_the_shortage_builds_a_backlog_that_is_worked_off(centre: Connection) -> None:
    shortage = Shortage()
    start = shortage.start
    full = backlog_at(centre, start - shortage.DAYS)
    assert full > 1.35 * backlog_at(centre, start)
    assert backlog_at(centre, start - shortage.DAYS - shortage.RECOVERY_DAYS) < 0.8 * full


def agent(position: int) -> str:
    return f"A{position + 1:03d}"


def single_contact(con: Connection, condition: str) -> float:
    return value(con, f"SELECT avg((contact_count = 1)::INT) FROM tickets WHERE {COUNTED} AND {condition}")


def test_one_agent_is_slower_and_less_thorough_than_the_team(centre: Connection) -> None:
    slow = agent(Slow().agent)
    team = "team_id = 'COURRIELS'"
    median = f"SELECT median(epoch(first_response_at - created_at)) FROM tickets WHERE {WRITTEN} AND {team} AND "
    assert value(centre, f"{median} agent_id = '{slow}'") > 1.2 * value(centre, f"{median} agent_id <> '{slow}'")
    mine, others = (single_contact(centre, f"{team} AND agent_id {sign} '{slow}'") for sign in ("=", "<>"))
    assert mine < others - 0.08
    hard = "request_type IN ('Retard de livraison', 'Colis endommagé', 'Retour et remboursement')"
    mix = f"SELECT avg(({hard})::INT) FROM tickets WHERE {team} AND agent_id "
    assert value(centre, f"{mix} = '{slow}'") == pytest.approx(value(centre, f"{mix} <> '{slow}'"), abs=0.04)


def test_two_agents_differ_by_what_they_take_and_not_by_what_they_do(centre: Connection) -> None:
    complex_, simple = agent(Pair().complex_), agent(Pair().simple)
    hard = "request_type IN ('Retard de livraison', 'Colis endommagé', 'Retour et remboursement')"
    raw = [single_contact(centre, f"agent_id = '{who}'") for who in (complex_, simple)]
    assert raw[0] < raw[1] - 0.05
    for stratum in (hard, f"NOT {hard}"):
        one, two = (single_contact(centre, f"agent_id = '{who}' AND {stratum}") for who in (complex_, simple))
        assert one > two - 0.04


def answering(con: Connection, condition: str) -> float:
    return value(con, f"SELECT avg((responded_at IS NOT NULL)::INT) FROM surveys WHERE item = 'main' AND {condition}")


def test_one_channel_answers_surveys_less(centre: Connection) -> None:
    bias = Bias()
    others, it = (answering(centre, f"channel {sign} '{bias.channel}'") for sign in ("<>", "="))
    assert it == pytest.approx(bias.factor * others, rel=0.12)


def test_a_centre_without_planted_facts_has_none_and_keeps_the_rules() -> None:
    with filled(6_000, planted=NOTHING, days=240) as con:
        assert not list(broken_rules(con))
        assert value(con, "SELECT count(*) FROM calendar_hours WHERE valid_from IS NOT NULL") == 0
        daily = "SELECT stddev(n) / avg(n) FROM (SELECT count(*) n FROM tickets WHERE {} GROUP BY created_at::DATE)"
        assert value(con, daily.format("dayofweek(created_at) = 2")) < 0.30
        rates = [answering(con, f"channel = '{name}'") for name in ("phone", "email", "chat")]
        assert max(rates) - min(rates) < 0.04


def test_facts_move_with_the_seed_and_stay_possible() -> None:
    moved = [drawn(seed) for seed in range(200)]
    assert drawn(3) == drawn(3)
    for name in ("slow", "pair", "incident", "new_hours", "bias"):
        assert len({getattr(one, name) for one in moved}) > 50, name
    for one in moved:
        assert one.slow is not None
        assert one.pair is not None
        assert len({one.slow.agent, one.pair.complex_, one.pair.simple}) == 3
    with filled(4_000, planted=moved[0], days=240) as con:
        assert not list(broken_rules(con))
