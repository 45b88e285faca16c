"""Topics mentioned in comments and transcripts: `topic_mentions`."""

from __future__ import annotations

import duckdb

from data.reading import quote

# The answer judged as the KPIs do: NPS on 0 to 10, the top quarter for CSAT, effort up to 3 on 1 to 7 for CES.
_SCORE_GROUP = """
CASE
    WHEN score_share IS NULL THEN NULL
    WHEN survey_type = 'nps' THEN CASE
        WHEN scale_min <> 0 OR scale_max <> 10 THEN NULL
        WHEN score >= 9 THEN 'promoter' WHEN score >= 7 THEN 'passive' ELSE 'detractor' END
    WHEN survey_type = 'csat' THEN CASE
        WHEN CASE WHEN higher_is_better THEN score_share ELSE 1 - score_share END >= 0.75
        THEN 'satisfied' ELSE 'not_satisfied' END
    WHEN survey_type = 'ces' THEN CASE
        WHEN 3 * CASE WHEN higher_is_better THEN scale_max - score ELSE score - scale_min END
            <= scale_max - scale_min
        THEN 'low_effort' ELSE 'high_effort' END
    WHEN survey_type = 'fcr' THEN CASE
        WHEN scale_min <> 0 OR scale_max <> 1 THEN NULL
        WHEN score = CASE WHEN higher_is_better THEN 1 ELSE 0 END THEN 'solved' ELSE 'not_solved' END
END"""

_MENTIONS = """
WITH document AS (
    SELECT 'comments' AS corpus, survey_id AS document_id, item, {comment} AS said,
        responded_at AS said_at, responded_on AS said_on, greatest(sent_at, responded_at) AS born_at,
        channel, team_id, agent_id, request_type, ticket_at AS request_at, product, ticket_at,
        {score_group} AS score_group, exclusion
    FROM survey_facts WHERE commented AND responded_at IS NOT NULL
    UNION ALL
    SELECT 'transcripts', interaction_id, NULL, {transcript},
        offered_at, offered_on, offered_at,
        i.channel, i.team_id, i.agent_id, i.request_type, offered_at, product, created_at,
        NULL, i.exclusion
    FROM transcripts JOIN interaction_facts i USING (interaction_id) LEFT JOIN tickets USING (ticket_id)
)
SELECT * EXCLUDE (said), unnest(list_prepend(NULL, list_filter({found}, lambda topic: topic IS NOT NULL))) AS topic
FROM document
"""

_KEYWORDS = r"""
WITH keyword AS (
    SELECT DISTINCT topic, regexp_replace({word}, '^[\s\p{{Z}}]+|[\s\p{{Z}}]+$', '', 'g') AS word
    FROM (SELECT topic, unnest(string_split(keywords, '|')) AS word FROM topics)
)
SELECT topic, list(word ORDER BY word), string_agg(regexp_escape(word), '|' ORDER BY word)
FROM keyword WHERE word <> '' GROUP BY topic ORDER BY topic
"""


def topic_mentions(con: duckdb.DuckDBPyConnection) -> str:
    """The query of `topic_mentions`. Needs `survey_facts` and `interaction_facts`.

    A topic is mentioned when one of its keywords is, as whole words. Case, accents, the typographic apostrophe and
    the oe ligature do not matter; words are not reduced to their stem.
    """
    keywords = con.execute(_KEYWORDS.format(word=_plain("word"))).fetchall()
    found = ", ".join(_found(*row) for row in keywords)
    return _MENTIONS.format(
        comment=_plain("comment"),
        transcript=_plain("text"),
        score_group=_SCORE_GROUP.strip(),
        found=f"[{found}]::TEXT[]",
    )


def _plain(text: str) -> str:
    """SQL of a text in lower case, without accents, typographic apostrophe nor oe ligature."""
    return f"replace(replace(strip_accents(lower({text})), chr(8217), chr(39)), 'œ', 'oe')"


def _found(topic: str, words: list[str], pattern: str) -> str:
    """SQL of the topic when the document says one of its words, else NULL. Looking for the bare text first leaves
    few documents to the slower expression that knows where words end."""
    bare = " OR ".join(f"contains(said, {quote(word)})" for word in words)
    whole = quote(rf"(?:^|[^\p{{L}}\p{{N}}])(?:{pattern})(?:$|[^\p{{L}}\p{{N}}])")
    return f"CASE WHEN {bare} THEN CASE WHEN regexp_matches(said, {whole}) THEN {quote(topic)} END END"
