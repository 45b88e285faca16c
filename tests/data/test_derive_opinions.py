"""Survey answers: what is derived from them, and what their KPIs know of it at a past instant."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from kpi.model import Grain
from tests.data.tiny import Row, ask, at, rows, store, unlike, values

FIVE = {"scale_min": 1, "scale_max": 5, "higher_is_better": True}


def answered(survey_id: str, score: float | None, hours: float = 10, item: str = "main", **more: object) -> Row:
    row = {"survey_id": survey_id, "item": item, "survey_type": "csat", "sent_at": at(8), "responded_at": at(hours)}
    return {**row, "score": score, **FIVE, **more}


# Comments


@pytest.mark.parametrize(
    ("comment", "commented"),
    [("ok", True), (".", True), ("  ", False), ("", False), (None, False), ("\n\t ", False), ("\u00a0\u2003", False)],
)
def test_a_comment_of_blanks_is_no_comment(comment: str | None, commented: bool) -> None:
    con = store(surveys=[answered("S", 5, comment=comment)])
    assert rows(con, "SELECT commented FROM survey_facts") == [{"commented": commented}]
    assert ask(con, "verbatim_rate").total.value == commented


def test_a_survey_of_several_questions_is_one_respondent_who_commented_once() -> None:
    questions = [
        answered("S", 5, item="a", comment="merci"),
        answered("S", 4, item="b", comment="encore merci"),
        answered("S", None, item="c"),
        answered("T", 3),
    ]
    figure = ask(store(surveys=questions), "verbatim_rate").total
    assert (figure.numerator, figure.n) == (1, 2)


def test_a_comment_written_later_does_not_show_before() -> None:
    con = store(surveys=[answered("S", 5, 10, item="a"), answered("S", 5, 12, item="b", comment="merci")])
    assert [ask(con, "verbatim_rate", as_of=at(hour)).total.value for hour in (9, 11, 12)] == [None, 0, 1]


# What comes through the ticket


def test_the_reason_of_an_answer_is_unknown_until_its_ticket_exists() -> None:
    ticket = {"ticket_id": "T", "created_at": at(12), "channel": "email", "status": "open", "request_type": "delivery"}
    con = store(surveys=[answered("S", 5, ticket_id="T")], tickets=[ticket])
    assert values(ask(con, "csat_rate", by=("request_type",), as_of=at(11))) == {None: 1}
    assert values(ask(con, "csat_rate", by=("request_type",), as_of=at(12))) == {"delivery": 1}


# Effort


def effort(survey_id: str, score: float | None, low: float = 1, high: float = 7, easy: bool = False) -> Row:
    scale = {"scale_min": low, "scale_max": high, "higher_is_better": easy}
    return answered(survey_id, score, survey_type="ces", **scale)


@pytest.mark.parametrize(
    ("row", "value", "low_effort"),
    [
        (effort("E", 3), 3, True),
        (effort("E", 4), 4, False),
        (effort("E", 5, easy=True), 3, True),
        (effort("E", 4, easy=True), 4, False),
        (effort("E", 7, 1, 10, easy=True), 3, True),
        (effort("E", 4, 1, 10), 3, True),
        (effort("E", 2, 1, 4), 3, True),
        (effort("E", 3, 1, 4, easy=True), 3, True),
        (effort("E", 2.2, 1, 5), 2.8, True),
    ],
)
def test_an_effort_of_exactly_three_is_low_on_every_scale(row: Row, value: float, low_effort: bool) -> None:
    con = store(surveys=[row])
    assert ask(con, "ces_mean").total.value == pytest.approx(value, abs=1e-12)
    assert ask(con, "ces_low_effort_rate").total.value == low_effort


def test_an_effort_off_its_scale_is_invalid_and_an_empty_one_missing() -> None:
    con = store(surveys=[effort("A", 2), effort("B", 9), effort("C", None)])
    for kpi in ("ces_mean", "ces_low_effort_rate"):
        figure = ask(con, kpi).total
        assert (figure.n, figure.n_invalid, figure.n_missing) == (1, 1, 1)


# Declared resolution


def test_a_declared_resolution_on_another_scale_than_yes_or_no_is_invalid() -> None:
    yes_no = {"survey_type": "fcr", "scale_min": 0, "scale_max": 1}
    surveys = [
        answered("A", 1, **yes_no),
        answered("B", 0, **yes_no),
        answered("C", 1, **yes_no | {"higher_is_better": False}),
        answered("D", 2, **yes_no),
        answered("E", None, **yes_no),
        answered("F", 5, survey_type="fcr"),
    ]
    figure = ask(store(surveys=surveys), "fcr_rate_surveyed").total
    assert (figure.numerator, figure.n, figure.n_invalid, figure.n_missing) == (1, 3, 2, 1)


# SERVQUAL


def item(survey_id: str, dimension: str, score: float | None, hours: float = 10, number: int = 1, **more: Any) -> Row:
    component = more.get("component", "perception")
    named = {"survey_type": "servqual", "dimension": dimension, "item": f"{component}-{dimension}-{number}"}
    return answered(survey_id, score, hours, **{**named, **more})


ALL = ("responsiveness", "reliability", "assurance", "tangibles", "empathy")


def test_a_respondent_with_many_questions_weighs_no_more_than_another() -> None:
    surveys = [item("A", "empathy", 5, number=n) for n in range(4)] + [item("B", "empathy", 1)]
    answer = ask(store(surveys=surveys), "servqual_dimension_score")
    assert values(answer) == {**dict.fromkeys(ALL), "empathy": 50}
    assert answer.total.n == 2


def test_answers_given_later_do_not_show_before_question_by_question() -> None:
    surveys = [item("A", "empathy", 5, 10, 1), item("A", "empathy", 1, 12, 2), item("A", "assurance", 3, 14)]
    con = store(surveys=surveys)
    scores = [values(ask(con, "servqual_dimension_score", as_of=at(hour))) for hour in (9, 11, 12, 14)]
    assert [score["empathy"] for score in scores] == [None, 100, 50, 50]
    assert [score["assurance"] for score in scores] == [None, None, None, 50]


def test_answers_of_two_days_are_two_days_figures_and_one_respondent_in_all() -> None:
    con = store(surveys=[item("A", "empathy", 5, 10, 1), item("A", "empathy", 1, 34, 2), item("B", "empathy", 3, 34)])
    period = (at(-1), at(47))
    answer = ask(con, "servqual_dimension_score", grain=Grain.DAY, period=period)
    days = {(keys[0], keys[1]): value for keys, value in values(answer).items()}
    assert days[date(2025, 3, 3), "empathy"] == 100
    assert days[date(2025, 3, 4), "empathy"] == 25
    assert answer.total.n == 2
    assert values(ask(con, "servqual_dimension_score", period=period))["empathy"] == 50


def test_a_respondent_without_team_keeps_a_place() -> None:
    surveys = [item("A", "empathy", 5, team_id="TM"), item("B", "empathy", 1)]
    con = store(surveys=surveys, teams=[{"team_id": "TM", "site": "Lyon"}])
    found = values(ask(con, "servqual_dimension_score", by=("site",)))
    assert (found["Lyon", "empathy"], found[None, "empathy"]) == (100, 0)


def test_a_quality_score_off_its_scale_is_invalid_in_its_dimension() -> None:
    con = store(surveys=[item("A", "empathy", 9), item("B", "empathy", None), item("C", "assurance", 3)])
    answer = ask(con, "servqual_dimension_score")
    figures = {figure.keys[0]: figure for figure in answer.rows}
    assert (figures["empathy"].n, figures["empathy"].n_invalid, figures["empathy"].n_missing) == (0, 1, 1)
    assert (figures["assurance"].n, figures["assurance"].n_invalid) == (1, 0)
    assert (answer.total.n, answer.total.n_invalid, answer.total.n_missing) == (1, 1, 1)
    assert ask(con, "servqual_overall").total.n_invalid == 1


def test_a_score_of_which_low_is_good_is_turned_round() -> None:
    con = store(surveys=[item("A", "empathy", 1, higher_is_better=False)])
    assert values(ask(con, "servqual_dimension_score"))["empathy"] == 100


def test_the_overall_score_weighs_dimensions_alike_and_needs_all_five() -> None:
    surveys = [item("A", name, 5) for name in ALL[1:]] + [item("B", "empathy", 1), item("C", "empathy", 1)]
    con = store(surveys=surveys)
    assert (ask(con, "servqual_overall").total.value, ask(con, "servqual_overall").total.n) == (None, 3)
    con = store(surveys=[*surveys, item("C", ALL[0], 1)])
    figure = ask(con, "servqual_overall").total
    assert figure.value == pytest.approx((0 + 100 + 100 + 100 + 100 / 3) / 5)
    assert figure.ci is not None
    assert figure.ci[0] <= figure.value <= figure.ci[1]


def test_a_gap_needs_both_what_was_expected_and_what_was_perceived() -> None:
    expected = {"component": "expectation"}
    surveys = [
        item("A", "empathy", 4),
        item("A", "empathy", 5, **expected),
        item("B", "empathy", 1),
        item("C", "empathy", 5, **expected),
        item("D", "empathy", 5),
        item("D", "assurance", 5, **expected),
    ]
    con = store(surveys=surveys)
    answer = ask(con, "servqual_gap")
    assert values(answer)["empathy"] == -25
    assert (answer.total.n, answer.total.value) == (1, None)
    assert values(ask(con, "servqual_dimension_score"))["empathy"] == pytest.approx((75 + 0 + 100) / 3)


def test_an_expectation_given_later_makes_no_gap_before() -> None:
    con = store(surveys=[item("A", "empathy", 4), item("A", "empathy", 5, 12, component="expectation")])
    assert [ask(con, "servqual_gap", as_of=at(hour)).total.n for hour in (11, 12)] == [0, 1]


def test_an_excluded_answer_is_in_no_score() -> None:
    con = store(surveys=[item("A", "empathy", 5), item("B", "empathy", 1, exclusion="test")])
    assert values(ask(con, "servqual_dimension_score"))["empathy"] == 100


# Any past screen can be replayed

KPIS = ("ces_mean", "ces_low_effort_rate", "fcr_rate_surveyed", "verbatim_rate", "topic_mention_rate",
        "servqual_dimension_score", "servqual_overall", "servqual_gap")  # fmt: skip


def random_surveys(dice: random.Random) -> dict[str, list[Row]]:
    surveys = []
    for n in range(60):
        kind = dice.choice(["ces", "fcr", "servqual", "servqual"])
        sent = dice.randrange(0, 100)
        low, high = {"ces": (1, 7), "fcr": (0, 1), "servqual": (1, 5)}[kind]
        for number in range(dice.randrange(1, 9) if kind == "servqual" else dice.randrange(1, 3)):
            done = dice.choice([None, sent + dice.randrange(0, 60), sent + dice.randrange(0, 60)])
            surveys.append(
                {
                    "survey_id": f"S{n}",
                    "item": f"q{number}",
                    "survey_type": kind,
                    "dimension": dice.choice(ALL) if kind == "servqual" else None,
                    "component": dice.choice(["perception", "perception", "expectation"]),
                    "ticket_id": dice.choice([None, f"T{n % 12}"]),
                    "channel": dice.choice(["email", "phone", None]),
                    "sent_at": at(sent),
                    "responded_at": None if done is None else at(done),
                    "score": None if done is None else dice.choice([None, low, high, high, high + 1]),
                    "scale_min": low,
                    "scale_max": high,
                    "higher_is_better": dice.random() < 0.8,
                    "comment": None if done is None else dice.choice([None, " ", "mon colis", "la facture", "merci"]),
                    "exclusion": dice.choice([None] * 9 + ["test"]),
                }
            )
    tickets = [
        {"ticket_id": f"T{n}", "created_at": at(dice.randrange(0, 90)), "channel": "email", "status": "open"}
        | {"request_type": dice.choice(["a", "b", None]), "product": dice.choice(["lamp", None])}
        for n in range(12)
    ]
    words = [{"topic": "colis", "keywords": "colis"}, {"topic": "argent", "keywords": "facture|remboursement"}]
    return {"surveys": surveys, "tickets": tickets, "topics": words}


def known(centre: dict[str, list[Row]], hours: float) -> dict[str, list[Row]]:
    """The rows as they were then: those of later do not exist, answers of later are not given yet."""
    surveys = []
    for row in centre["surveys"]:
        given = row["responded_at"] is not None and row["responded_at"] <= at(hours)
        if row["sent_at"] <= at(hours):
            surveys.append(row if given else {**row, "responded_at": None, "score": None, "comment": None})
    tickets = [row for row in centre["tickets"] if row["created_at"] <= at(hours)]
    return {**centre, "surveys": surveys, "tickets": tickets}


@pytest.mark.parametrize("seed", range(2))
def test_a_past_screen_shows_what_it_showed_then(seed: int) -> None:
    dice = random.Random(seed)
    centre = random_surveys(dice)
    now, period, answered_then = store(**centre), (at(10), at(120)), set()
    for hours in (50, 110):
        then = store(**known(centre, hours))
        for kpi in KPIS:
            for split in ({"by": ("request_type",)}, {"by": ("channel",), "grain": Grain.DAY}):
                before = ask(then, kpi, as_of=at(hours), period=period, **split)
                assert unlike(ask(now, kpi, as_of=at(hours), period=period, **split), before) == []
                answered_then |= {kpi} if before.total.n else set()
    assert answered_then == set(KPIS)
