"""Words and searches: the statistic against a hand-worked example, and what a search must find and never break."""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import pytest
from scipy.stats import fisher_exact, norm

from kpi import verbatims
from kpi.model import Answer, Figure
from kpi.statistics.words import contrasts


def test_the_log_odds_follow_monroe_by_hand() -> None:
    """Two words, prior of 10 words shaped by the whole: delay 12 of 20, thanks 8 of 20, so alpha is 6 and 4.

    delay: log((9 + 6) / (10 + 10 - 9 - 6)) - log((3 + 6) / (10 + 10 - 3 - 6)) = log(15/5) - log(9/11)
    = 1.0986 + 0.2007 = 1.2993; variance 1/15 + 1/9 = 0.1778; z = 3.0815. Two words, so thanks mirrors it:
    log(5/15) - log(11/9) = -1.2993, variance 1/5 + 1/11 = 0.2909, z = -2.4089.
    """
    delay, thanks = contrasts(
        {"delay": 9, "thanks": 1}, {"delay": 3, "thanks": 7}, {"delay": 12, "thanks": 8}, prior=10
    )
    assert (delay.word, delay.first, delay.second) == ("delay", 9, 3)
    assert delay.log_odds == pytest.approx(log(3) - log(9 / 11)) and delay.log_odds == pytest.approx(1.2993, abs=5e-5)
    assert delay.z == pytest.approx(1.2993 / sqrt(0.17778), abs=5e-4) and delay.z == pytest.approx(3.0815, abs=5e-4)
    assert thanks.z == pytest.approx(-2.4089, abs=5e-4)
    p = sorted(2 * norm.sf(abs(z)) for z in (delay.z, thanks.z))
    assert [delay.p_adjusted, thanks.p_adjusted] == pytest.approx([min(2 * p[0], p[1]), p[1]])


def test_swapping_the_groups_only_changes_the_sign() -> None:
    a, b = {"x": 30, "y": 5, "z": 12}, {"x": 10, "y": 22, "w": 3}
    whole = {"x": 40, "y": 27, "z": 12, "w": 3}
    there = {one.word: one.z for one in contrasts(a, b, whole)}
    back = {one.word: -one.z for one in contrasts(b, a, whole)}
    assert there == pytest.approx(back)


def test_two_groups_that_speak_alike_have_no_telling_word() -> None:
    same = {f"w{i}": 20 + i for i in range(50)}
    found = contrasts(same, same, {word: 2 * n for word, n in same.items()})
    assert len(found) == 50 and not any(one.telling for one in found)
    assert all(one.z == pytest.approx(0) for one in found)


def test_many_words_tested_at_once_are_not_found_by_chance() -> None:
    """One word of p = 0.02 alone would pass; among forty it does not."""
    first = {f"w{i}": 20 for i in range(39)} | {"odd": 20}
    second = {f"w{i}": 20 for i in range(39)} | {"odd": 7}
    whole = {word: first[word] + second[word] for word in first}
    odd = contrasts(first, second, whole, prior=50)[0]
    assert odd.word == "odd" and 2 * norm.sf(odd.z) < 0.05 < odd.p_adjusted and not odd.telling


def test_a_word_of_short_texts_is_tested_exactly() -> None:
    """12 of 40 texts against none of 40: scipy's exact p is 1.1e-4, where the prior leaves z at 1.6."""
    first, second = {"mal": 12, "livraison": 20}, {"livraison": 20}
    whole = {"mal": 12, "livraison": 40}
    drawn = contrasts(first, second, whole)[0]
    exact = contrasts(first, second, whole, texts=(40, 40))[0]
    table = [[12, 28], [0, 40]]
    assert (exact.word, exact.z) == ("mal", drawn.z)
    assert exact.p_adjusted == pytest.approx(2 * fisher_exact(table).pvalue) and exact.telling


def test_identical_groups_of_short_texts_have_no_telling_word() -> None:
    """200 pairs of groups that chance alone sets apart: at most 5 in 100 have a telling word."""
    chance = np.random.default_rng(7)
    shares = chance.uniform(0.05, 0.4, 40)
    false = 0
    for _ in range(200):
        first, second = ({f"w{i}": int(n) for i, n in enumerate(chance.binomial(60, shares))} for _ in range(2))
        whole = {word: first[word] + second[word] for word in first}
        false += any(one.telling for one in contrasts(first, second, whole, texts=(60, 60)))
    assert false <= 10


def test_an_empty_group_or_a_lone_word_is_no_error() -> None:
    assert contrasts({}, {"a": 3}, {"a": 3}) == ()
    assert contrasts({"a": 5}, {"a": 5}, {})[0].z == pytest.approx(0)
    assert contrasts({"a": 1}, {"b": 1}, {"a": 1, "b": 1}, least=2) == ()


@pytest.mark.parametrize(
    ("search", "text", "found"),
    [
        ("delai", "Le DÉLAI est long", True),
        ("rembours", "Remboursé hier", True),
        ("lai", "Le délai", False),
        ("delai long", "Long, ce délai !", True),
        ("delai court", "Long, ce délai !", False),
        ('"delai long"', "Long, ce délai", False),
        ('"service client"', "Le Service\n client", True),
        ("« service client »", "mon client, au service", False),
        ("l'accueil", "L’accueil était bon", True),
        ("coeur", "de bon cœur", True),
        ("(.*", "a (.* b", True),
        ("(.*", "rien", False),
        ("100%", "à 100% oui", True),
        ("", "tout", True),
        ('""', "tout", True),
    ],
)
def test_a_search_finds_words_whatever_their_accents_case_and_signs(search: str, text: str, found: bool) -> None:
    assert verbatims.matching([text], verbatims.terms(search)) == [found]


def test_what_is_highlighted_is_what_was_searched_in_the_text_as_written() -> None:
    text = "Mon cœur : le DÉLAI, ce délai-là… l’accueil"
    spans = verbatims.spans(text, verbatims.terms("coeur delai l'acc"))
    assert [text[low:high] for low, high in spans] == ["cœur", "DÉLAI", "délai", "l’accueil"]


def test_terms_that_overlap_are_highlighted_once() -> None:
    assert verbatims.spans("remboursement", verbatims.terms("rem remb")) == [(0, 13)]
    assert verbatims.spans("rien", ()) == []


def test_forms_of_a_word_are_one_word_and_a_comment_counts_once() -> None:
    bad = ["Livraisons en retard, livraison perdue, livraison !"] * 30
    good = ["Conseillers aimables"] * 20 + ["Conseiller aimable, merci"] * 10
    found = verbatims.contrast([*bad, *good, "rien"], ["detractor"] * 30 + ["promoter"] * 30 + [None])
    assert (found.detractors, found.promoters) == (30, 30)
    by_word = {one.word: one for one in found.words}
    assert by_word["livraison"].first == 30 and "livraisons" not in by_word
    assert {one.word for one in found.telling("promoters")} >= {"conseillers", "aimables"}
    assert not {"retard", "livraison"} & {one.word for one in found.telling("promoters")}


def test_a_word_that_few_people_wrote_is_never_listed() -> None:
    texts = ["Camille Durand"] * 4 + ["attente"] * 60 + ["merci"] * 60
    found = verbatims.contrast(texts, ["detractor"] * 64 + ["promoter"] * 60)
    assert not {"camille", "durand"} & {one.word for one in (*found.words, *found.telling("detractors"))}


def test_english_comments_are_read_as_english() -> None:
    found = verbatims.contrast(
        ["The deliveries were never on time"] * 20 + ["great"] * 20, ["detractor"] * 20 + ["promoter"] * 20
    )
    assert {"deliveries", "never"} <= {one.word for one in found.words}
    assert not {"the", "were"} & {one.word for one in found.words}


def test_the_impact_of_a_topic_sets_those_who_mention_it_against_the_others() -> None:
    """Delay: 2 promoters, 2 passives, 16 detractors mention it: -70. The others, 48, 8, 4: +73.3. A quarter mention it:
    0.25 x (-70 - 73.3) = -35.8 points."""

    def one(group: str, said: int, read: int) -> Figure:
        return Figure(keys=(group, "Delay"), value=said / read, n=said, numerator=said, denominator=read)

    rows = (one("promoter", 2, 50), one("passive", 2, 10), one("detractor", 16, 20), one("satisfied", 9, 9))
    read = {"promoter": 50, "passive": 10, "detractor": 20, "satisfied": 9}
    found = verbatims.topic_impacts(Answer("topic_mention_rate", Figure(), rows, None, ()), read)["Delay"]  # type: ignore[arg-type]
    assert (found.n, found.impact.share) == (20, 0.25)
    assert found.impact.nps == pytest.approx(-70) and found.impact.impact == pytest.approx(-35.8333, abs=1e-3)


def test_a_topic_that_fewer_than_ten_mention_has_no_impact() -> None:
    rows = (Figure(keys=("promoter", "Rare"), value=0.1, n=9, numerator=9, denominator=90),)
    assert verbatims.topic_impacts(Answer("topic_mention_rate", Figure(), rows, None, ()), {"promoter": 90}) == {}  # type: ignore[arg-type]


def test_a_group_that_never_mentions_any_topic_still_counts_among_the_others() -> None:
    """Ten detractors mention it; ten passives mention nothing at all: -100 against 0, not against nobody."""
    rows = (Figure(keys=("detractor", "Delay"), value=1.0, n=10, numerator=10, denominator=10),)
    answer = Answer("topic_mention_rate", Figure(), rows, None, ())  # type: ignore[arg-type]
    assert verbatims.topic_impacts(answer, {"detractor": 10, "passive": 10})["Delay"].impact.impact == -50
