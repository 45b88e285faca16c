# ruff: noqa: E501 (the statements are laid out to be read)
"""Stores of a chosen size, made in SQL: two years, twelve teams, three hundred agents.

Less of a story than the demo centre, but the same tables, the same derivation and the same proportions: two and a
bit status events a ticket, a call and a self-service session for every second one, a survey for every seventh, an
order for every fourth.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path

import duckdb

from data import store

FOLDER = Path(__file__).with_name(".stores")
DAYS = 730
START = "2024-11-01 00:00:00"
LAST = f"TIMESTAMP '{START}' + INTERVAL {DAYS - 2} DAY"

_RANDOM = """
CREATE OR REPLACE TEMP MACRO chance(i, k) AS (hash(i * 1000 + k) % 1000003) / 1000003.0;
CREATE OR REPLACE TEMP MACRO gauss(i, k) AS
  sqrt(-2 * ln(chance(i, k) + 1e-9)) * cos(2 * pi() * chance(i, k + 500));
CREATE OR REPLACE TEMP MACRO pick(i, k, items) AS items[1 + CAST(floor(chance(i, k) * len(items)) AS INTEGER)];
"""

_STEERING = """
INSERT INTO calendars VALUES ('STD', 'Standard', 'Europe/Paris', 'FR');
INSERT INTO calendar_hours SELECT 'STD', d, TIME '08:00', TIME '19:00', NULL, NULL FROM range(1, 6) r(d);
INSERT INTO teams SELECT format('TEAM{:02d}', t), format('Team {}', t), ['Lyon', 'Lille', 'Nantes'][1 + t % 3],
  ['ORG1', 'ORG2'][1 + t % 2], 'STD', NULL, 30 FROM range(12) r(t);
INSERT INTO agents SELECT format('A{:03d}', a), NULL, format('TEAM{:02d}', a % 12), 'agent', NULL, NULL
  FROM range(300) r(a);
INSERT INTO sla_policies SELECT metric || '-' || priority, metric, NULL, priority, NULL, target * factor, 'business',
  NULL, 'pending', 0.75, DATE '2020-01-01', NULL
  FROM (VALUES ('urgent', 7200), ('high', 14400), ('normal', 28800), ('low', 57600)) p(priority, target),
       (VALUES ('first_response', 1), ('resolution', 4)) m(metric, factor);
"""

_TICKETS = f"""
INSERT INTO tickets BY NAME
SELECT format('T{{:08d}}', i) AS ticket_id,
  created_at,
  CASE WHEN chance(i, 1) < 0.97 THEN 'customer' ELSE 'agent' END AS initiated_by,
  pick(i, 2, ['email', 'email', 'email', 'web_form', 'web_form', 'chat', 'facebook', 'phone', 'phone']) AS channel,
  pick(i, 3, ['question', 'question', 'request', 'incident', 'complaint']) AS ticket_type,
  pick(i, 4, ['delivery', 'invoice', 'return', 'product', 'account', 'order', 'warranty', NULL]) AS request_type,
  pick(i, 5, ['low', 'normal', 'normal', 'normal', 'high', 'urgent']) AS priority,
  format('C{{:08d}}', CAST(chance(i, 6) * {{count}} / 3 AS BIGINT)) AS customer_id,
  format('TEAM{{:02d}}', agent % 12) AS team_id,
  format('A{{:03d}}', agent) AS agent_id,
  CASE WHEN resolved_at IS NOT NULL THEN 'solved' WHEN first_response_at IS NOT NULL THEN 'open' ELSE 'new' END AS status,
  first_response_at, resolved_at,
  CAST(1 + floor(chance(i, 7) * 1.4) AS INTEGER) AS contact_count,
  CASE WHEN chance(i, 8) < 0.01 THEN 'spam' END AS exclusion
FROM (
  SELECT i, agent, created_at,
    CASE WHEN chance(i, 10) < 0.97 AND answered <= until THEN answered END AS first_response_at,
    CASE WHEN chance(i, 10) < 0.97 AND chance(i, 12) < 0.97 AND solved <= until THEN solved END AS resolved_at
  FROM (
    SELECT i, CAST(floor(chance(i, 9) * 300) AS INTEGER) AS agent, created_at,
      TIMESTAMP '{START}' + INTERVAL {DAYS} DAY AS until,
      created_at + to_seconds(CAST(exp(8.5 + 1.2 * gauss(i, 11)) AS BIGINT)) AS answered,
      created_at + to_seconds(CAST(exp(8.5 + 1.2 * gauss(i, 11)) + exp(10.5 + 1.3 * gauss(i, 13)) AS BIGINT)) AS solved
    FROM (
      SELECT i, TIMESTAMP '{START}' + to_seconds(CAST(i * ({DAYS} * 86400.0 / {{count}}) AS BIGINT)) AS created_at
      FROM range({{count}}) r(i)
    )
  )
);
"""

_EVENTS = f"""
INSERT INTO ticket_events BY NAME
SELECT ticket_id || '-' || n AS event_id, ticket_id, event_at, n AS seq, 'status' AS event_type, 'agent' AS actor,
  agent_id, from_value, to_value
FROM (
  SELECT 1 AS n, ticket_id, agent_id, first_response_at AS event_at, 'new' AS from_value, 'open' AS to_value
  FROM tickets WHERE first_response_at IS NOT NULL
  UNION ALL
  SELECT 2, ticket_id, agent_id, resolved_at, 'open', 'solved' FROM tickets WHERE resolved_at IS NOT NULL
  UNION ALL
  SELECT n, ticket_id, agent_id, resolved_at + to_seconds(86400 * (n - 2)), from_value, to_value
  FROM tickets, (VALUES (3, 'solved', 'open'), (4, 'open', 'solved')) reopening(n, from_value, to_value)
  WHERE resolved_at < {LAST} AND hash(ticket_id) % 25 = 0
);
UPDATE tickets SET resolved_at = resolved_at + INTERVAL 2 DAY
WHERE resolved_at < {LAST} AND hash(ticket_id) % 25 = 0;
"""

_CALLS = f"""
INSERT INTO interactions BY NAME
SELECT format('I{{:08d}}', i) AS interaction_id, 'phone' AS channel, 'inbound' AS direction,
  format('TEAM{{:02d}}', agent % 12) AS team_id, format('A{{:03d}}', agent) AS agent_id,
  pick(i, 24, ['delivery', 'invoice', 'return', 'product']) AS request_type,
  offered_at, CASE WHEN outcome = 'answered' THEN offered_at + to_seconds(wait) END AS answered_at,
  offered_at + to_seconds(wait + CASE WHEN outcome = 'answered' THEN 300 ELSE 0 END) AS ended_at, outcome,
  CASE WHEN outcome = 'answered' THEN 240 + wait END AS talk_s, CASE WHEN outcome = 'answered' THEN 20 END AS hold_s,
  CASE WHEN outcome = 'answered' THEN 40 END AS wrap_s
FROM (
  SELECT i, CAST(floor(chance(i, 20) * 300) AS INTEGER) AS agent,
    CAST(exp(2.4 + 0.9 * gauss(i, 21)) AS INTEGER) AS wait,
    CASE WHEN chance(i, 22) < 0.92 THEN 'answered' ELSE 'abandoned' END AS outcome,
    TIMESTAMP '{START}' + to_days(CAST(floor(i * ({DAYS}.0 / {{count}})) AS INTEGER))
      + to_seconds(CAST(25200 + chance(i, 23) * 39600 AS BIGINT)) AS offered_at
  FROM range({{count}}) r(i)
);
"""

_SURVEYS = f"""
INSERT INTO surveys BY NAME
SELECT ticket_id || '-' || kind AS survey_id, 'main' AS item, kind AS survey_type, 'perception' AS component, ticket_id,
  customer_id, team_id, agent_id, channel, resolved_at AS sent_at,
  CASE WHEN answers THEN resolved_at + INTERVAL 1 DAY END AS responded_at,
  CASE WHEN answers THEN score END AS score, low AS scale_min, high AS scale_max, TRUE AS higher_is_better
FROM (
  SELECT *, hash(ticket_id || 'a') % 4 = 0 AND resolved_at < {LAST} AS answers,
    CASE WHEN kind = 'nps' THEN 10 - CAST(floor(10.9 * power((hash(ticket_id || 's') % 1000) / 1000.0, 2.2)) AS INTEGER)
         ELSE 5 - CAST(floor(4.9 * power((hash(ticket_id || 's') % 1000) / 1000.0, 2.2)) AS INTEGER) END AS score
  FROM (
    SELECT *, CASE WHEN hash(ticket_id) % 14 < 2 THEN 'nps' ELSE 'csat' END AS kind,
      CASE WHEN hash(ticket_id) % 14 < 2 THEN 0 ELSE 1 END AS low,
      CASE WHEN hash(ticket_id) % 14 < 2 THEN 10 ELSE 5 END AS high
    FROM tickets WHERE resolved_at IS NOT NULL AND hash(ticket_id) % 7 < 4
  )
);
"""

_SURVEYED = """
INSERT INTO surveys BY NAME
SELECT format('S{:08d}', i) AS survey_id, format('Q{:02d}-{}', q, component) AS item, 'servqual' AS survey_type, component,
  ['tangibles', 'reliability', 'responsiveness', 'assurance', 'empathy'][1 + q % 5] AS dimension,
  'T' || lpad(CAST(i * 100 AS VARCHAR), 8, '0') AS ticket_id, sent_at, sent_at + INTERVAL 1 DAY AS responded_at,
  CAST(3 + floor(chance(i * 100 + q, 31) * 5) AS INTEGER) AS score, 1 AS scale_min, 7 AS scale_max,
  TRUE AS higher_is_better
FROM range({count} // 100) r(i), range(10) questions(q), (VALUES ('expectation'), ('perception')) c(component),
  (SELECT TIMESTAMP '{START}' + to_seconds(CAST(i * ({DAYS} * 8640000.0 / {count}) AS BIGINT)) AS sent_at)
WHERE sent_at < {LAST};
INSERT INTO surveys BY NAME
SELECT ticket_id || '-ces' AS survey_id, 'main' AS item, 'ces' AS survey_type, 'perception' AS component, ticket_id,
  team_id, agent_id, channel, resolved_at AS sent_at, resolved_at + INTERVAL 1 DAY AS responded_at,
  1 + hash(ticket_id || 'e') % 7 AS score, 1 AS scale_min, 7 AS scale_max, TRUE AS higher_is_better,
  CASE hash(ticket_id || 'c') % 4 WHEN 0 THEN 'The delivery was late and nobody called back'
    WHEN 1 THEN 'Refund received quickly, thank you' END AS comment
FROM tickets WHERE resolved_at < {LAST} AND hash(ticket_id || 'ces') % 20 = 0;
INSERT INTO topics VALUES ('Delivery', 'delivery late parcel'), ('Refund', 'refund reimbursed'), ('Wait', 'wait call');
"""

_WORK = """
INSERT INTO agent_time BY NAME
SELECT format('A{:03d}', a) AS agent_id, CAST(TIMESTAMP '{START}' + to_days(CAST(d AS INTEGER)) AS DATE) AS work_date,
  format('TEAM{:02d}', a % 12) AS team_id, 25200 AS scheduled_s,
  CASE WHEN chance(d * 300 + a, 40) < 0.06 THEN 25200 ELSE 0 END AS absent_s, 25200 AS paid_s,
  25200 - absent_s AS logged_s, CAST(0.85 * logged_s AS INTEGER) AS available_s,
  CAST((0.5 + 0.3 * chance(d * 300 + a, 41)) * logged_s AS INTEGER) AS handling_s
FROM range({DAYS}) r(d), range(300) agents(a)
WHERE isodow(TIMESTAMP '{START}' + to_days(CAST(d AS INTEGER))) < 6;
INSERT INTO costs BY NAME
SELECT format('{}-{}-{}', t, m, category) AS cost_id,
  CAST(date_trunc('month', TIMESTAMP '{START}' + to_months(CAST(m AS INTEGER))) AS DATE) AS month,
  format('TEAM{:02d}', t) AS team_id, ['ORG1', 'ORG2'][1 + t % 2] AS organisation, category, amount_eur
FROM range(12) teams(t), range({DAYS} // 30) months(m), (VALUES ('staff', 80000.0), ('tools', 9000.0)) c(category, amount_eur);
INSERT INTO customers BY NAME
SELECT DISTINCT customer_id, TIMESTAMP '{START}' - INTERVAL 100 DAY AS acquired_at,
  CASE WHEN hash(customer_id) % 20 = 0 THEN {LAST} - to_days(CAST(hash(customer_id || 'x') % 600 AS INTEGER)) END AS churned_at
FROM tickets;
"""

_SESSIONS = """
INSERT INTO self_service_sessions BY NAME
SELECT format('W{:08d}', i) AS session_id, format('V{:08d}', i // 2) AS visitor_id,
  format('C{:08d}', CAST(chance(i, 50) * {count} / 3 AS BIGINT)) AS customer_id, pick(i, 51, ['faq', 'chatbot', 'customer_space']) AS tool,
  pick(i, 52, ['delivery', 'invoice', 'return', 'product']) AS request_type, started_at,
  started_at + to_seconds(CAST(60 + chance(i, 53) * 600 AS BIGINT)) AS ended_at, 1 + CAST(chance(i, 54) * 9 AS INTEGER) AS clicks,
  CASE WHEN chance(i, 55) < 0.6 THEN started_at + INTERVAL 45 SECOND END AS found_at, chance(i, 55) < 0.5 AS resolved
FROM range({count} // 2) r(i), (SELECT TIMESTAMP '{START}' + to_seconds(CAST(i * ({DAYS} * 172000.0 / {count}) AS BIGINT)) AS started_at);
"""

_ORDERS = """
INSERT INTO orders BY NAME
SELECT format('O{:08d}', i) AS order_id, format('C{:08d}', CAST(chance(i, 60) * {count} / 3 AS BIGINT)) AS customer_id,
  ['ORG1', 'ORG2'][1 + CAST(floor(chance(i, 61) * 300) AS INTEGER) % 2] AS organisation,
  format('TEAM{:02d}', CAST(floor(chance(i, 61) * 300) AS INTEGER) % 12) AS team_id,
  format('A{:03d}', CAST(floor(chance(i, 61) * 300) AS INTEGER)) AS agent_id, pick(i, 62, ['edi', 'portal', 'email']) AS channel,
  pick(i, 63, ['low', 'normal', 'normal', 'high']) AS priority, received_at,
  CASE WHEN chance(i, 64) < 0.97 THEN received_at + to_seconds(CAST(exp(8 + gauss(i, 65)) AS BIGINT)) END AS decided_at,
  CASE WHEN chance(i, 64) < 0.93 THEN 'approved' WHEN chance(i, 64) < 0.97 THEN 'rejected' END AS decision,
  chance(i, 66) < 0.5 AS touchless, received_at + INTERVAL 5 DAY AS promised_at,
  CASE WHEN chance(i, 64) < 0.92 THEN received_at + to_hours(CAST(48 + chance(i, 67) * 90 AS INTEGER)) END AS delivered_at
FROM range({count} // 4) r(i), (SELECT TIMESTAMP '{START}' + to_seconds(CAST(i * (({DAYS} - 10) * 345600.0 / {count}) AS BIGINT)) AS received_at);
INSERT INTO order_lines BY NAME
SELECT order_id, n AS line_no, format('P{:03d}', CAST(hash(order_id || n) % 400 AS INTEGER)) AS product_id,
  format('Product {}', hash(order_id || n) % 400) AS product_name, 1 + hash(order_id || n || 'q') % 5 AS quantity,
  CASE WHEN delivered_at IS NOT NULL THEN quantity - CASE WHEN hash(order_id || n) % 40 = 0 THEN 1 ELSE 0 END END AS quantity_delivered,
  20.0 + hash(order_id || n) % 300 AS amount_eur
FROM orders, range(1, 3) lines(n);
INSERT INTO disputes BY NAME
SELECT 'D' || order_id AS dispute_id, order_id, customer_id, team_id, agent_id,
  ['late', 'damaged', 'missing', 'price'][CAST(1 + hash(order_id || 'c') % 4 AS INTEGER)] AS cause, opened_at,
  CASE WHEN hash(order_id || 'r') % 10 > 0 THEN opened_at + to_hours(CAST(24 + hash(order_id || 't') % 200 AS INTEGER)) END AS resolved_at,
  50.0 AS amount_eur
FROM (SELECT *, received_at + INTERVAL 6 DAY AS opened_at FROM orders WHERE hash(order_id) % 25 = 0 AND received_at < {LAST} - INTERVAL 20 DAY);
"""

_IMPORTS = f"""
INSERT INTO imports SELECT 'bench', 'bench', TIMESTAMP '{START}' + INTERVAL {DAYS} DAY,
  TIMESTAMP '{START}' + INTERVAL {DAYS} DAY;
"""


def fill(con: duckdb.DuckDBPyConnection, tickets: int) -> None:
    """Fills the canonical tables with `tickets` tickets, half as many calls and sessions, a quarter as many orders."""
    con.execute("SET memory_limit = '8GB'")
    con.execute("SET enable_progress_bar = false")
    calls = _CALLS.replace("{count}", str(tickets // 2))
    main = (_RANDOM, _STEERING, _TICKETS.replace("{count}", str(tickets)), _EVENTS, calls, _SURVEYS)
    known = {"{count}": str(tickets), "{START}": START, "{DAYS}": str(DAYS), "{LAST}": LAST}
    for text in (*main, *(_filled(text, known) for text in (_SURVEYED, _WORK, _SESSIONS, _ORDERS)), _IMPORTS):
        con.execute(text)


def _filled(text: str, known: Mapping[str, str]) -> str:
    for name, value in known.items():
        text = text.replace(name, value)
    return text


def made(tickets: int) -> Path:
    """Path of the store of that size; made if it is not there yet."""
    path = FOLDER / f"{tickets}.duckdb"
    if not path.exists():
        start = time.perf_counter()
        print(f"Making a store of {tickets:,} tickets", flush=True)
        FOLDER.mkdir(parents=True, exist_ok=True)
        store.build(path, lambda con: fill(con, tickets))
        print(f"  {time.perf_counter() - start:.0f} s, {path.stat().st_size / 1e6:,.0f} MB", flush=True)
    return path
