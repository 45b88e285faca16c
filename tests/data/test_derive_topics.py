"""Topics of comments and transcripts: each trap by hand, then random texts against a literal reading of the rule."""

from __future__ import annotations

import random
import unicodedata

import pytest

from tests.data.tiny import Row, ask, at, rows, store, values


def comment(text: str | None, survey_id: str = "S", **more: object) -> Row:
    row = {"survey_id": survey_id, "survey_type": "nps", "sent_at": at(8), "responded_at": at(10), "score": 10}
    return {**row, "scale_min": 0, "scale_max": 10, "higher_is_better": True, "comment": text, **more}


def topics(**keywords: str) -> list[Row]:
    return [{"topic": topic, "keywords": words} for topic, words in keywords.items()]


def mentioned(text: str, keywords: str) -> bool:
    con = store(surveys=[comment(text)], topics=topics(found=keywords))
    return len(rows(con, "FROM topic_mentions WHERE topic IS NOT NULL")) == 1


@pytest.mark.parametrize(
    ("text", "keywords", "expected"),
    [
        ("LIVRAISON en retard", "livraison", True),
        ("le delai est long", "Délai", True),
        ("de\u0301lai", "délai", True),
        ("Conseillère à l’écoute", "à l'écoute", True),
        ("a l'ecoute", "à l’écoute", True),
        ("à l écoute", "à l'écoute", False),
        ("un cœur d'or", "coeur", True),
        ("COEUR", "cœur", True),
        ("les livraisons", "livraison", False),
        ("le savoir-faire", "avoir", False),
        ("savoir, puis avoir", "avoir", True),
        ("avoir2", "avoir", False),
        ("2avoir", "avoir", False),
        ("(avoir)_", "avoir", True),
        ("éavoir", "avoir", False),
        ("le service  clients", "service clients", False),
        ("au service clients.", "service clients", True),
        ("du c++ partout", "c++", True),
        ("du c++11", "c++", False),
        ("tout va bien", ".*|t.ut|[a-z]+|\\w+", False),
        ("pourquoi ?", "||  |?", True),
        ("rien", "||  |", False),
        ("ligne une\navoir\nligne trois", "avoir", True),
    ],
)
def test_a_keyword_is_found_as_whole_words_whatever_the_case_and_the_accents(
    text: str, keywords: str, expected: bool
) -> None:
    assert mentioned(text, keywords) is expected


def literal(text: str, keywords: list[str]) -> bool:
    """The rule, read word by word."""

    def plain(raw: str) -> str:
        raw = raw.lower().replace("’", "'").replace("œ", "oe")
        return "".join(c for c in unicodedata.normalize("NFD", raw) if unicodedata.category(c) != "Mn")

    said = plain(text)
    for keyword in filter(None, (plain(word).strip() for word in keywords)):
        for start in range(len(said) - len(keyword) + 1):
            around = said[:start][-1:] + said[start + len(keyword) :][:1]
            if said.startswith(keyword, start) and not any(c.isalnum() for c in around):
                return True
    return False


def test_random_texts_mention_what_the_rule_says() -> None:
    dice = random.Random(5)
    pieces = ["a", "À", "b", "é", "e\u0301", "œ", "oe", "'", "’", " ", " ", "-", "_", ".", "1", "Éa", "n°", "(", "\n"]
    texts = ["".join(dice.choices(pieces, k=dice.randrange(1, 14))) for _ in range(400)]
    keywords = {f"t{n}": ["".join(dice.choices(pieces, k=dice.randrange(1, 4))) for _ in range(3)] for n in range(25)}
    con = store(
        surveys=[comment(text, f"S{n:03}") for n, text in enumerate(texts)],
        topics=topics(**{topic: "|".join(words) for topic, words in keywords.items()}),
    )
    found = {(row["document_id"], row["topic"]) for row in rows(con, "FROM topic_mentions WHERE topic IS NOT NULL")}
    expected = {
        (f"S{n:03}", topic)
        for n, text in enumerate(texts)
        for topic, words in keywords.items()
        if text.strip() and literal(text, words)
    }
    assert found == expected
    assert 300 < len(expected) < 5000


# Documents


def test_a_document_counts_once_a_topic_and_topics_overlap() -> None:
    surveys = [
        comment("livraison, livraison et colis : le remboursement", "A"),
        comment("merci", "B"),
        comment("   ", "C"),
        comment(None, "D"),
        comment("livraison", "E", exclusion="test"),
    ]
    words = topics(livraison="livraison|colis", remboursement="remboursement", rien="rien")
    answer = ask(store(surveys=surveys, topics=words), "topic_mention_rate")
    assert [(figure.keys[0], figure.n, figure.value) for figure in answer.rows] == [
        ("livraison", 1, 0.5),
        ("remboursement", 1, 0.5),
    ]
    assert answer.total.n == 2


def test_each_comment_of_a_survey_is_a_document() -> None:
    con = store(surveys=[comment("colis", item="a"), comment("facture", item="b")], topics=topics(colis="colis"))
    assert ask(con, "topic_mention_rate").total.n == 2
    assert values(ask(con, "topic_mention_rate")) == {"colis": 0.5}


def test_names_of_topics_and_keywords_are_data_and_never_sql() -> None:
    words = [{"topic": "l'été'; --", "keywords": "c'est l'été|{0}|%"}]
    con = store(surveys=[comment("C’est l’été {0}")], topics=words)
    assert values(ask(con, "topic_mention_rate")) == {"l'été'; --": 1}


def call(interaction_id: str = "I", **more: object) -> Row:
    row = {"interaction_id": interaction_id, "channel": "phone", "direction": "inbound", "offered_at": at(9)}
    return {**row, "request_type": "delivery", **more}


def test_transcripts_are_the_documents_of_the_other_corpus() -> None:
    con = store(
        surveys=[comment("facture")],
        interactions=[call("I"), call("J"), call("K", exclusion="test")],
        transcripts=[{"interaction_id": name, "text": "mon colis"} for name in "IKX"],
        topics=topics(colis="colis", facture="facture"),
    )
    answer = ask(con, "topic_mention_rate", corpus="transcripts", by=("request_type",))
    assert values(answer) == {("delivery", "colis"): 1}
    assert answer.total.n == 1
    assert values(ask(con, "topic_mention_rate", corpus="comments")) == {"facture": 1}


def test_a_comment_is_unknown_before_it_is_written_and_so_is_the_ticket_it_is_about() -> None:
    ticket = {"ticket_id": "T", "created_at": at(12), "channel": "email", "status": "open", "product": "lamp"}
    con = store(
        surveys=[comment("colis", ticket_id="T"), comment("colis", "LATE", sent_at=at(11))],
        interactions=[call(ticket_id="T")],
        transcripts=[{"interaction_id": "I", "text": "mon colis"}],
        tickets=[{**ticket, "request_type": "billing"}],
        topics=topics(colis="colis"),
    )
    assert [ask(con, "topic_mention_rate", as_of=at(hour)).total.n for hour in (9, 10, 11)] == [0, 1, 2]
    by = {"by": ("request_type", "product"), "where": {"channel": None}}
    assert values(ask(con, "topic_mention_rate", as_of=at(11), **by)) == {(None, None, "colis"): 1}
    assert set(values(ask(con, "topic_mention_rate", as_of=at(12), **by))) == {
        ("billing", "lamp", "colis"),
        (None, None, "colis"),
    }
    spoken = {"by": ("request_type", "product"), "corpus": "transcripts"}
    assert values(ask(con, "topic_mention_rate", as_of=at(11), **spoken)) == {("delivery", None, "colis"): 1}
    assert values(ask(con, "topic_mention_rate", as_of=at(12), **spoken)) == {("delivery", "lamp", "colis"): 1}


# The score beside the comment


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        ({"score": 9}, "promoter"),
        ({"score": 8}, "passive"),
        ({"score": 6}, "detractor"),
        ({"score": 11}, None),
        ({"score": None}, None),
        ({"score": 9, "scale_min": 1}, None),
        ({"survey_type": "csat", "scale_min": 1, "scale_max": 5, "score": 4}, "satisfied"),
        ({"survey_type": "csat", "scale_min": 1, "scale_max": 5, "score": 3}, "not_satisfied"),
        ({"survey_type": "ces", "scale_min": 1, "scale_max": 7, "score": 5}, "low_effort"),
        ({"survey_type": "ces", "scale_min": 1, "scale_max": 7, "score": 4}, "high_effort"),
        (
            {"survey_type": "ces", "scale_min": 1, "scale_max": 7, "score": 3, "higher_is_better": False},
            "low_effort",
        ),
        ({"survey_type": "fcr", "scale_max": 1, "score": 1}, "solved"),
        ({"survey_type": "fcr", "scale_max": 1, "score": 0}, "not_solved"),
        ({"survey_type": "servqual", "scale_max": 10, "score": 5}, None),
    ],
)
def test_the_score_beside_a_comment_is_judged_as_its_own_kpi_does(score: Row, expected: str | None) -> None:
    con = store(surveys=[comment("merci", **score)], topics=topics(merci="merci"))
    assert values(ask(con, "topic_mention_rate", by=("score_group",))) == {(expected, "merci"): 1}
