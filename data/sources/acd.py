"""Lists of calls of any automatic call distributor: one row a call, French or English headers.

- A list says when a call came (one column, or a day and a time of day) and how it went (a status, an answer, or how
  long the caller waited and talked). What it does not say stays empty: nothing is 0 because it is blank.
- Times are on the wall of the centre; durations are seconds, H:MM:SS or 1h30 (a column "in minutes" is none);
  1,200 is twelve hundred or one and a fifth: the rest of its column decides.
- 02/03/2026 is a day of March or of February: the other dates of the file decide, else a person is asked.
- From the wait and the arrival come the pick-up and the end, where the list does not write them.
- A call id that stands on several rows is one call and its transfers, in order of time.
- Without call ids, a row is known by its time, queue, agent, number and wait, and its rank among equal ones.
- An unknown status or direction rejects the row and says so: a call that one would call answered by mistake is worse.
- A daily summary (calls offered, answered, abandoned of a day and queue) is refused: every figure is counted from the
  calls themselves, and there is no table of counts.
"""

from __future__ import annotations

from collections.abc import Iterable

from data.sources.dating import CLOCK_FORMATS
from data.sources.lasting import clocked_sql
from data.sources.looking import Look, folded
from data.sources.shapes import Fill, Shape, refusing
from data.sources.telephony import caller_sql

_UNITS = ("", " (s)", " (sec)", " (seconds)", " (secondes)", " in seconds", " en secondes", " (hh:mm:ss)")


def _called(words: str, endings: Iterable[str] = ("",)) -> tuple[str, ...]:
    """Each of these names with blanks or underscores, a straight or a curly apostrophe."""
    names = (word + ending for word in words.split("|") for ending in endings)
    return tuple(
        dict.fromkeys(each for name in names for each in (name, name.replace(" ", "_"), name.replace("'", "\u2019")))
    )


_NAMES = {
    "call_id": _called("call id|callid|interaction id|contact id|session id|ucid|id appel|identifiant appel|"
                       "identifiant de l'appel|n° appel|n° d'appel|numéro d'appel|référence appel"),
    "start_time": _called("start time|start|call start|call start time|queued at|offered at|arrival time|queue entry|"
                          "date/time|date & time|call date/time|date et heure|date/heure|date heure|"
                          "date et heure d'appel|date et heure de l'appel|"
                          "début|début appel|début de l'appel|heure de début|date de début|"
                          "heure d'arrivée|entrée en file|horodatage"),
    "day": _called("date|call date|day|jour|date appel|date d'appel|date de l'appel"),
    "clock": _called("time|call time|heure|heure appel|heure d'appel|heure de l'appel|heure de début|start time"),
    "answered_at": _called("answered at|answer time|answered time|pick-up time|connected at|heure de décroché|"
                           "date de décroché|heure de réponse|décroché à"),
    "ended_at": _called("ended at|end time|call end|hang-up time|heure de fin|date de fin|fin|fin appel|"
                        "fin de l'appel|heure de raccroché"),
    "wait": _called("wait|wait time|waiting time|queue time|time in queue|queue wait|speed of answer|ring time|attente|"
                    "temps d'attente|durée d'attente|délai de réponse|temps en file", _UNITS),
    "talk": _called("talk|talk time|talking time|talk duration|avgtalkduration|conversation|temps de conversation|"
                    "durée de conversation|durée conversation|temps de communication|durée de communication", _UNITS),
    "hold": _called("hold|hold time|hold duration|mise en garde|mise en attente|durée de mise en attente|"
                    "temps de mise en attente|garde|temps de garde|durée de garde", _UNITS),
    "wrap": _called("wrap|wrap up|wrap-up|wrap-up time|wrap up time|after call work|after-call work|acw|acw time|"
                    "post-appel|temps post-appel|durée post-appel|travail après appel|clôture|temps de clôture",
                    _UNITS),
    "queue": _called("queue|queue name|skill|split|split/skill|skill group|csq|file|file d'attente|nom de la file|"
                     "compétence|groupe|campagne|service|vdn"),
    "agent": _called("agent|agent id|agent name|answered by|login agent|conseiller|téléconseiller|opérateur|"
                     "nom agent|nom de l'agent|id agent"),
    "caller": _called("caller|caller id|caller number|calling number|ani|cli|phone number|appelant|numéro appelant|"
                      "n° appelant|numéro de l'appelant|numéro de téléphone"),
    "customer": _called("customer id|customer|id client|n° client|numéro client|code client"),
    "status": _called("status|call status|outcome|call outcome|disposition|call disposition|result|call result|"
                      "answered (y/n)|answered|statut|statut appel|statut de l'appel|résultat|issue|état|état appel"),
    "direction": _called("direction|call direction|sens|sens de l'appel|sens appel|call type|type d'appel"),
    "media": _called("channel|media|media type|canal|média"),
    "reason": _called("topic|reason|call reason|motif|motif d'appel|motif de l'appel"),
    "ticket": _called("ticket|ticket id|n° ticket|numéro de ticket|n° dossier"),
}  # fmt: skip

_COUNTS = {
    "offered_calls": _called("offered|offered calls|calls offered|incoming calls|received calls|calls received|"
                             "appels offerts|appels reçus|appels présentés|appels entrants|nombre d'appels|reçus"),
    "answered_calls": _called("answered calls|calls answered|handled calls|calls handled|answered|handled|"
                              "appels répondus|appels traités|appels décrochés|appels pris|traités|décrochés"),
    "abandoned_calls": _called("abandoned|abandoned calls|calls abandoned|appels abandonnés|appels perdus|"
                               "abandons|abandonnés|perdus"),
}  # fmt: skip


def _present(cells: Iterable[str]) -> set[str]:
    """Which of the columns above a header has."""
    given = {folded(cell) for cell in cells}
    every = {**_NAMES, **_COUNTS}
    return {name for name, others in every.items() if given & {folded(name), *map(folded, others)}}


def _is_list(look: Look) -> bool:
    """A list of calls measures them, names who took or waited for them, and says how each went."""
    for _, cells in look.rows:
        found = _present(cells)
        measured = found & {"wait", "talk", "hold", "wrap", "caller", "answered_at"}
        told = "status" in found or "answered_at" in found or {"wait", "talk"} <= found
        if found & {"queue", "agent"} and len(measured) > 1 and measured & {"wait", "talk"} and told:
            return not _is_summary(look)
    return False


def _is_summary(look: Look) -> bool:
    return any(len(_present(cells) & set(_COUNTS)) > 1 and "call_id" not in _present(cells) for _, cells in look.rows)


_refuse = refusing(
    "this file counts the calls of each day (offered, answered, abandoned); figures are counted from the calls "
    "themselves, and nothing can be told from sums: export the list of the calls, one row a call"
)


_EMPTY = "('', '-', '--', 'null', 'none', 'n/a', 'na', 'nan')"


def _cell(name: str) -> str:
    return f"CASE WHEN lower(trim({name})) NOT IN {_EMPTY} THEN trim({name}) END AS {name}"


def _number(name: str) -> str:
    """A duration without what parts its thousands, its decimals behind a point. A comma before three digits parts
    thousands where it always does and smaller numbers have none; 12,345 everywhere are seconds and a fraction."""
    comma = f"contains({name}, ',')"
    parted = (
        f"(bool_and(regexp_full_match({name}, '\\d{{1,3}}(,\\d{{3}})+')) FILTER (WHERE {comma}) OVER () "
        f"AND bool_or(NOT {comma}) OVER ())"
    )
    plain = f"regexp_replace({name}, '[\\s\u00a0\u202f]', '', 'g')"
    number = f"replace({plain}, ',', CASE WHEN {parted} THEN '' ELSE '.' END)"
    return f"CASE WHEN regexp_matches({name}, '\\pL') THEN {clocked_sql(name)} ELSE {number} END AS {name}"


def _seconds(text: str) -> str:
    clocked = (
        f"list_reduce(list_transform(string_split({text}, ':'), lambda part: TRY_CAST(part AS DOUBLE)), "
        "lambda total, part: total * 60 + part)"
    )
    return f"CASE WHEN contains({text}, ':') THEN {clocked} ELSE TRY_CAST({text} AS DOUBLE) END"


def _on_its_day(text: str) -> str:
    """A time of day alone with the day of the row."""
    return (
        f"CASE WHEN regexp_matches({text}, '^\\d{{1,2}}(:|h)\\d\\d') THEN split_part(day, ' ', 1) || ' ' || {text} "
        f"ELSE {text} END"
    )


def _later(text: str, seconds: str) -> str:
    """A time, with or without zone, some seconds later, written in the same way."""
    plain = ", ".join(f"'{form}'" for form in CLOCK_FORMATS if "%z" not in form)
    local = f"coalesce(try_strptime({text}, [{plain}]), TRY_CAST({text} AS TIMESTAMP)) + to_seconds({seconds})"
    exact = f"TRY_CAST({text} AS TIMESTAMPTZ)::TIMESTAMP + to_seconds({seconds})"
    zoned = f"regexp_matches({text}, ':\\d\\d.*(Z|[+-]\\d\\d:?\\d\\d)$')"
    return f"CASE WHEN {zoned} THEN ({exact})::VARCHAR || 'Z' ELSE ({local})::VARCHAR END"


def _words(**meant: str) -> dict[str, str]:
    return {word: value for value, words in meant.items() for word in words.split("|")}


_OUTCOMES = _words(
    answered="answered|handled|connected|completed|complete|success|served|agent|y|yes|true|1|oui|repondu|traite|"
    "decroche|pris|servi|appel traite|appel decroche|appel repondu|answered by agent",
    abandoned="abandoned|abandon|abandonne|appel abandonne|hang|hangup|hung up|missed|lost|unanswered|not answered|"
    "no answer|n|no|false|0|non|perdu|appel perdu|manque|appel manque|raccroche|non decroche|non repondu|non traite|"
    "sans reponse",
    overflow="overflow|overflowed|flow out|flowed out|redirected|deborde|debordement|deroute|renvoye",
    callback="callback|call back|callback requested|rappel|rappel demande",
    voicemail="voicemail|voice mail|messagerie|message vocal|repondeur|boite vocale",
    dissuaded="dissuaded|dissuade|dissuasion|out of hours|closed|ferme|hors horaires|busy|occupe|rejected|rejete|"
    "blocked",
    selfcare="selfcare|self service|self-service|ivr|svi",
    bot="bot|voicebot|callbot",
)
_DIRECTIONS = _words(
    inbound="inbound|incoming|in|entrant|entrante|appel entrant|recu|received",
    outbound="outbound|outgoing|out|sortant|sortante|appel sortant|emis",
)


def _listed(words: dict[str, str], meaning: str) -> str:
    return f"({', '.join(repr(word) for word, value in words.items() if value == meaning)})"


_ANSWERED, _ABANDONED = _listed(_OUTCOMES, "answered"), _listed(_OUTCOMES, "abandoned")
_OUTBOUND = _listed(_DIRECTIONS, "outbound")

_CALLS = f"""
WITH cell AS (
    SELECT _line, {", ".join(map(_cell, _NAMES))} FROM records
), counted AS (
    SELECT * REPLACE ({", ".join(map(_number, ("wait", "talk", "hold", "wrap")))}) FROM cell
), placed AS (
    SELECT * REPLACE (coalesce({_on_its_day("start_time")}, {_on_its_day("clock")},
            CASE WHEN contains(day, ':') THEN day END) AS start_time,
        {_on_its_day("answered_at")} AS answered_at, {_on_its_day("ended_at")} AS ended_at,
        lower(strip_accents(status)) AS status, lower(strip_accents(direction)) AS direction),
        {_seconds("wait")} AS waited, {_seconds("talk")} AS talked, {_seconds("hold")} AS held
    FROM counted
), told AS (
    SELECT *, CASE WHEN status IS NOT NULL THEN status WHEN answered_at IS NOT NULL OR talked > 0 THEN 'answered'
        WHEN ended_at IS NOT NULL OR (waited > 0 AND count(status) OVER () = 0) THEN 'abandoned' END AS word,
        coalesce(direction, 'inbound') AS way
    FROM placed
), ranked AS (
    SELECT *, dense_rank() OVER (PARTITION BY call_id ORDER BY start_time, answered_at, queue, agent) AS leg,
        md5(concat_ws('|', start_time, coalesce(queue, ''), coalesce(agent, ''), coalesce(caller, ''), wait)) AS print
    FROM told
)
SELECT _line, coalesce(call_id,
            left(print, 20) || '-' || row_number() OVER (PARTITION BY call_id, print ORDER BY _line))
        || CASE WHEN call_id IS NOT NULL AND leg > 1 THEN '/' || leg ELSE '' END AS id,
    CASE WHEN call_id IS NOT NULL AND leg > 1 THEN call_id END AS parent,
    ticket, coalesce(customer, {caller_sql("caller")}) AS customer, coalesce(media, 'phone') AS media, way, queue,
    agent, reason, start_time, talk, hold, wrap,
    CASE WHEN own_outcome(word) IN {_ANSWERED}
        THEN coalesce(answered_at, {_later("start_time", "waited")}) END AS picked,
    coalesce(ended_at, CASE WHEN picked IS NULL THEN {_later("start_time", "waited")}
        ELSE {_later("picked", "talked + coalesce(held, 0)")} END) AS ended,
    CASE WHEN way IN {_OUTBOUND} AND own_outcome(word) IN {_ABANDONED} THEN NULL ELSE word END AS outcome
FROM ranked
"""


_FILL = Fill(
    "interactions",
    {
        "interaction_id": "id",
        "parent_interaction_id": "parent",
        "ticket_id": "ticket",
        "customer_id": "customer",
        "channel": "media",
        "direction": "way",
        "team_id": "queue",
        "agent_id": "agent",
        "request_type": "reason",
        "offered_at": "start_time",
        "answered_at": "picked",
        "ended_at": "ended",
        "outcome": "outcome",
        "talk_s": "talk",
        "hold_s": "hold",
        "wrap_s": "wrap",
    },
    values={
        "channel": _words(
            phone="phone|voice|call|telephone|voix|appel",
            chat="chat|tchat|webchat",
            email="email|e-mail|mail|courriel",
            sms="sms",
            whatsapp="whatsapp",
        )
        | {"*": "other"},
        "direction": _DIRECTIONS,
        "outcome": _OUTCOMES,
    },
    sql=_CALLS,
    options={"date_formats": list(CLOCK_FORMATS)},
)


def _calls(*signature: str) -> Shape:
    return Shape(
        "acd",
        "ACD: list of calls",
        signature,
        (_FILL,),
        zoned=False,
        names=_NAMES,
        optional=tuple(name for name in _NAMES if name not in signature),
        dates=("start_time", "day", "answered_at", "ended_at"),
        also=_is_list,
    )


SHAPES = (
    _calls("start_time"),
    _calls("day"),
    Shape(
        "acd",
        "ACD: daily summary",
        ("day", "offered_calls"),
        names={**_NAMES, **_COUNTS},
        also=_is_summary,
        plan=_refuse,
        zoned=False,
    ),
)
