"""What customers wrote or said, searched and counted by word: never who served them, never who spoke (rule P6)."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

import pandas as pd
import snowballstemmer
import stop_words
from sqlglot import exp, parse_one

from kpi import row_scans
from kpi.asking import moment_of, resolve
from kpi.display import SHOW_FROM
from kpi.engines import Engine
from kpi.errors import UnknownDimension
from kpi.fragments import FACT
from kpi.model import Answer, Query
from kpi.search import bare
from kpi.statistics.mix import Impact, mention_impact
from kpi.statistics.words import WordContrast, contrasts

Corpus = Literal["comments", "transcripts"]
KPI = "topic_mention_rate"
"""The KPI whose documents are searched: same population, same filters."""
COLUMNS = ("said_at", "channel", "text", "score", "scale_max", "score_group")
MOST_DOCUMENTS = 20_000
"""The newest documents of a selection; more would keep the reader waiting."""
LEAST_DOCUMENTS = 5
"""Fewer documents that say a word would point to who wrote them (rule P5)."""
GROUPS = ("promoter", "passive", "detractor")
_TEXTS = {
    "comments": ("survey_facts", "t.survey_id = d.document_id AND t.item IS NOT DISTINCT FROM d.item", "t.comment",
                 "t.score", "t.scale_max"),
    "transcripts": ("transcripts", "t.interaction_id = d.document_id", "t.text", "NULL::DOUBLE", "NULL::DOUBLE"),
}  # fmt: skip
_WORD = re.compile(r"[^\W\d_]{3,}")
_TERM = re.compile(r'"([^"]+)"|«([^»]+)»|“([^”]+)”|(\S+)')
_TELLING = frozenset(
    ("bien", "bon", "bonne", "personne", "problem", "problems", "never", "nothing", "good", "great", "long", "sorry",
     "help", "welcome", "best", "better", "thanks", "thank", "unfortunately", "wrong")
)  # fmt: skip
"""Words of the lists of stop words that say much about a service."""


def documents(query: Query, corpus: Corpus, engine: Engine, topic: str | None = None) -> pd.DataFrame:
    """The comments or transcripts of a selection, newest first: `COLUMNS`, instants in UTC; those that mention a
    `topic`, when one is given.

    `score_group` is that of topics: promoter, passive, detractor, satisfied... Raises `UnknownDimension` when the
    question is filtered by agent.
    """
    select = _standing(query, corpus, engine)
    table, on, text, score, top = _TEXTS[corpus]
    statement = exp.select(
        "d.said_at", "d.channel", f"{text} AS text", f"{score} AS score", f"{top} AS scale_max", "d.score_group"
    )
    statement = statement.from_(select.subquery("d")).join(f"{table} AS t", on=parse_one(on, read="duckdb"))
    if topic is not None:
        same = "m.corpus = d.corpus AND m.document_id = d.document_id AND m.item IS NOT DISTINCT FROM d.item"
        mentions = exp.select("1").from_("topic_mentions AS m").where(same, exp.column("topic", "m").eq(topic))
        statement = statement.where(exp.Exists(this=mentions))
    statement = statement.order_by("d.said_at DESC").limit(MOST_DOCUMENTS)
    return engine.frame(statement.sql("duckdb"))


def group_sizes(query: Query, engine: Engine) -> dict[str, int]:
    """How many comments of a selection come with each group of score (promoter, passive, detractor...)."""
    select = _standing(query, "comments", engine).select("score_group", "COUNT(*)", append=False)
    rows = engine.fetch(select.where(f"{FACT}.score_group IS NOT NULL").group_by("score_group").sql("duckdb"))
    return {group: int(n) for group, n in rows}


def _standing(query: Query, corpus: Corpus, engine: Engine) -> exp.Select:
    """The rows that stand for the documents of a selection, topics apart."""
    if any(chosen.dimension == "agent_id" for chosen in query.filters):
        raise UnknownDimension("Comments have no dimension 'agent_id': they are never listed by agent.")
    asked = query.with_(kpis=(KPI,), params=(("corpus", corpus),))
    ask, moment = resolve(asked, KPI), moment_of(asked, engine)
    select = row_scans.rows_select(ask, asked, moment, None).where(f"{FACT}.topic IS NULL")
    select.set("order", None)
    return select


# Search


def terms(text: str) -> tuple[str, ...]:
    """What a search asks for: words, and phrases between quotes, without accents and capitals."""
    found = (" ".join(filter(None, groups)) for groups in _TERM.findall(text))
    bare_terms = (" ".join(_folded(term).split()).strip("\"'«»“”,;.!?") for term in found)
    return tuple(dict.fromkeys(term.strip() for term in bare_terms if term.strip()))


def matching(texts: Iterable[str], asked: Sequence[str]) -> list[bool]:
    """Whether each text holds every term, each at the start of a word."""
    patterns = [_pattern(term) for term in asked]
    return [all(pattern.search(folded) for pattern in patterns) for folded in map(_folded, texts)]


def spans(text: str, asked: Sequence[str]) -> list[tuple[int, int]]:
    """Where the terms stand in the text as it is written: (start, end) in order, those that touch joined."""
    folded, places = "", list[int]()
    for i, char in enumerate(text):
        plain = _folded(char)
        folded += plain
        places += [i] * len(plain)
    found = sorted(
        (places[hit.start(1)], places[hit.end(1) - 1] + 1) for term in asked for hit in _pattern(term).finditer(folded)
    )
    joined = list[tuple[int, int]]()
    for start, end in found:
        if joined and start <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((start, end))
    return joined


@cache
def _pattern(term: str) -> re.Pattern[str]:
    words = r"\s+".join(map(re.escape, term.split()))
    return re.compile(rf"(?:(?<=^)|(?<=[\W_]))({words}\w*)")


def _folded(text: str) -> str:
    return bare(text).replace("’", "'").replace("œ", "oe").replace("æ", "ae")


# Words


@dataclass(frozen=True, slots=True)
class Contrast:
    """The words that detractors and promoters do not share, and in how many documents each group was read."""

    words: tuple[WordContrast, ...]
    detractors: int
    promoters: int

    def telling(self, of: Literal["detractors", "promoters"]) -> list[WordContrast]:
        """The words over-represented in a group beyond chance, most typical first, each in at least five of its
        documents."""
        if of == "detractors":
            return [one for one in self.words if one.telling and one.z > 0 and one.first >= LEAST_DOCUMENTS]
        return [one for one in reversed(self.words) if one.telling and one.z < 0 and one.second >= LEAST_DOCUMENTS]


def contrast(texts: Sequence[str], groups: Sequence[Any]) -> Contrast:
    """Words of detractors against promoters; a document counts once a word, whose forms are one (its stem)."""
    counts = {group: Counter[str]() for group in GROUPS}
    written: dict[str, Counter[str]] = {}
    read = Counter[str]()
    for text, group in zip(texts, groups, strict=True):
        if group not in counts:
            continue
        read[group] += 1
        stems = dict(_stems(text))
        counts[group].update(stems.keys())
        for stem, word in stems.items():
            written.setdefault(stem, Counter())[word] += 1
    background = sum(counts.values(), Counter[str]())
    usual = {stem: forms.most_common(1)[0][0] for stem, forms in written.items()}
    sizes = read["detractor"], read["promoter"]
    found = contrasts(counts["detractor"], counts["promoter"], background, least=LEAST_DOCUMENTS, texts=sizes)
    named = (WordContrast(usual[o.word], o.first, o.second, o.log_odds, o.z, o.p_adjusted) for o in found)
    return Contrast(tuple(named), *sizes)


def _stems(text: str) -> Iterable[tuple[str, str]]:
    """(stem, word) of the words that mean something, in the language that the text seems to be in."""
    words = _WORD.findall(text.casefold().replace("’", "'"))
    french, english = (_stop_words(lang) for lang in ("fr", "en"))
    lang = "english" if sum(w in english for w in words) > sum(w in french for w in words) else "french"
    stemmer = _stemmer(lang)
    idle = (french | english) - _TELLING
    return [(stemmer.stemWord(word), word) for word in words if word not in idle]


@cache
def _stop_words(lang: str) -> frozenset[str]:
    return frozenset(stop_words.get_stop_words(lang))


@cache
def _stemmer(lang: str) -> Any:
    return snowballstemmer.stemmer(lang)


# Topics


@dataclass(frozen=True, slots=True)
class TopicImpact:
    """What a topic weighs on the NPS, and how many NPS comments mention it."""

    impact: Impact
    n: int


def topic_impacts(by_group: Answer, read: Mapping[str, int]) -> dict[str, TopicImpact]:
    """Topic -> share of the NPS comments that mention it, and NPS of those minus NPS of the others.

    `by_group` answers `topic_mention_rate` by `score_group`, `read` is `group_sizes`. Topics overlap:
    impacts do not add up.
    """
    mentions: dict[str, dict[str, float]] = {}
    for figure in by_group.rows:
        group, topic = figure.keys[0], figure.keys[-1]
        if group in GROUPS:
            mentions.setdefault(topic, {})[group] = figure.numerator or 0
    impacts = {topic: _impact(counts, read) for topic, counts in mentions.items()}
    return {topic: impact for topic, impact in impacts.items() if impact is not None}


def _impact(counts: Mapping[str, float], read: Mapping[str, int]) -> TopicImpact | None:
    said = [int(counts.get(group, 0)) for group in GROUPS]
    others = [read.get(group, 0) - n for group, n in zip(GROUPS, said, strict=True)]
    if min(sum(said), sum(others)) < SHOW_FROM:  # Rule G16.
        return None
    impact = mention_impact((said[0], said[1], said[2]), (others[0], others[1], others[2]))
    return TopicImpact(impact, sum(said)) if impact is not None else None
