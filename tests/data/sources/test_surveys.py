"""Survey exports with one column a question."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from data.sources.survey_questions import Question, Unclear, read_question
from data.store import ImportFailed
from tests.data.sources.exports import Room, counts

# ---- Google Forms: support.google.com/docs/answer/2917686 (answers in a sheet, the first column is the time)

FORM = """Horodateur,Recommanderiez-vous notre service à un proche ?,Pourquoi cette note ?,\
Êtes-vous satisfait du délai ?,Votre humeur ?,Numéro de dossier,Adresse e-mail
28/03/2026 09:05:12,10,"Rapide, joignez-moi : a@b.fr",Très satisfait(e),Bleue,T1,a@b.fr
28/03/2026 09:05:12,0,,Insatisfait,Verte,T2,c@d.fr
29/03/2026 09:00:00,,,Tout à fait satisfait,Verte,T3,c@d.fr
"""


def test_a_form_in_french_with_what_is_certain_and_what_is_not(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    report = room.take(FORM)["surveys"]
    assert (counts(report), room.source()) == ((2, 0, 0, 0), "google_forms")
    assert report.notes[0] == "'Recommanderiez-vous notre service à un proche ?' is read as nps, 0 to 10"
    assert any("'Votre humeur ?'" in note and "left out" in note for note in report.notes)
    assert any("satisfait du délai" in note and "same point of the scale" in note for note in report.notes)
    assert room.rows("SELECT count(*), count(DISTINCT survey_id) FROM surveys") == [(2, 2)], "equal instants are two"


def test_a_form_counts_each_answered_question_and_keeps_its_words_apart(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    form = FORM.replace("Tout à fait satisfait", "Neutre")
    assert counts(room.take(form)["surveys"]) == (5, 0, 0, 0)
    sql = (
        "SELECT survey_type, score, scale_min, scale_max, ticket_id, sent_at, comment FROM surveys "
        "ORDER BY survey_type, ticket_id"
    )
    morning, later = datetime(2026, 3, 28, 8, 5, 12), datetime(2026, 3, 29, 7)
    assert room.rows(sql) == [
        ("csat", 5, 1, 5, "T1", morning, None),
        ("csat", 2, 1, 5, "T2", morning, None),
        ("csat", 3, 1, 5, "T3", later, None),
        ("nps", 10, 0, 10, "T1", morning, "Rapide, joignez-moi : [e-mail]"),
        ("nps", 0, 0, 10, "T2", morning, None),
    ]
    assert b"c@d.fr" not in room.db.read_bytes()
    assert counts(room.take(form)["surveys"]) == (0, 0, 5, 0)
    assert counts(room.take(form.replace("12,0,,Ins", "12,1,,Ins"))["surveys"]) == (0, 1, 4, 0)


def test_a_form_s_own_download_has_its_zone(tmp_path: Path) -> None:
    room = Room(tmp_path, "America/New_York")
    room.take("Timestamp,How likely are you to recommend us?\n2026/03/02 9:05:12 AM GMT+1,9\n")
    assert room.rows("SELECT responded_at FROM surveys") == [(datetime(2026, 3, 2, 8, 5, 12),)]


def test_a_survey_without_a_certain_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ImportFailed, match="2 answers do not show where its scale ends"):
        Room(tmp_path).take("Timestamp,How satisfied are you?\n2026-03-02 09:00:00,4\n2026-03-02 10:00:00,5\n")


# ---- Typeform: typeform.com/help/a/download-your-results (columns of public exports); times in UTC


def test_typeform_times_are_in_utc_and_an_effort_is_better_low(tmp_path: Path) -> None:
    room = Room(tmp_path, "Asia/Tokyo")
    export = (
        "#,How much effort did it take (1-5)?,Was your problem resolved?,Response Type,Start Date (UTC),"
        "Stage Date (UTC),Submit Date (UTC),Network ID,Tags\n"
        "odwdp4nz,2,Yes,completed,2026-03-02 02:39:31,,2026-03-02 02:41:38,653e97acae,\n"
        "xdwdp4nz,5,No,completed,2026-03-02 03:39:31,,2026-03-02 03:41:38,653e97acae,\n"
        "ydwdp4nz,N/A,Je ne sais pas,completed,2026-03-02 03:39:31,,2026-03-02 03:41:38,653e97acae,\n"
    )
    assert counts(room.take(export)["surveys"]) == (4, 0, 0, 0), "N/A is no answer"
    sql = (
        "SELECT survey_type, score, scale_max, higher_is_better, sent_at, responded_at FROM surveys "
        "WHERE survey_id = 'odwdp4nz' ORDER BY 1"
    )
    times = (datetime(2026, 3, 2, 2, 39, 31), datetime(2026, 3, 2, 2, 41, 38))
    assert room.rows(sql) == [("ces", 2, 5, False, *times), ("fcr", 1, 1, True, *times)]


# ---- SurveyMonkey: help.surveymonkey.com, "Exporting results": two header rows


def test_the_second_header_row_of_surveymonkey_names_the_rows_of_a_matrix(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    export = (
        "Respondent ID,Collector ID,Start Date,End Date,IP Address,Email Address,First Name,Last Name,Custom Data 1,"
        "Please say how far you agree,,How likely is it that you would recommend us?\n"
        ",,,,,,,,,Staff are prompt,Its equipment should be up to date,Response\n"
        "11601,90,03/13/2026 09:05:12 AM,03/13/2026 09:06:12 PM,1.2.3.4,a@b.fr,A,B,,Strongly agree,Disagree,"
        "10 - Extremely likely\n"
    )
    assert counts(room.take(export)["surveys"]) == (3, 0, 0, 0)
    sql = "SELECT item, survey_type, dimension, component, score, scale_max, responded_at FROM surveys ORDER BY item"
    end = datetime(2026, 3, 13, 20, 6, 12)
    says = "Please say how far you agree"
    assert room.rows(sql) == [
        ("How likely is it that you would recommend us?", "nps", None, "perception", 10, 10, end),
        (f"{says} [Its equipment should be up to date]", "servqual", "tangibles", "expectation", 2, 5, end),
        (f"{says} [Staff are prompt]", "servqual", "responsiveness", "perception", 5, 5, end),
    ]


# ---- Qualtrics: qualtrics.com/support/survey-platform/data-and-analysis-module/data/download-data


def test_qualtrics_has_three_header_rows_and_previews_are_tests(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    export = (
        "StartDate,EndDate,Status,IPAddress,Progress,Duration (in seconds),Finished,RecordedDate,ResponseId,"
        "RecipientEmail,Q1_NPS_GROUP,Q1,Q2\n"
        "Start Date,End Date,Response Type,IP Address,Progress,Duration (in seconds),Finished,Recorded Date,"
        'Response ID,"Recipient Email",Recommend - Group,"Would you recommend us, really?",Why?\n'
        '"{""ImportId"":""startDate"",""timeZone"":""America/Denver""}",'
        '"{""ImportId"":""endDate"",""timeZone"":""America/Denver""}",x,x,x,x,x,'
        '"{""ImportId"":""recordedDate"",""timeZone"":""America/Denver""}",x,x,x,x,x\n'
        "2026-03-02 09:00:00,2026-03-02 09:02:00,IP Address,1.1.1.1,100,120,True,2026-03-02 09:02:01,R_1,a@b.fr,"
        "Promoter,9,Kind\n"
        "2026-03-02 09:00:00,2026-03-02 09:02:00,Survey Preview,1.1.1.1,100,120,True,2026-03-02 09:02:01,R_2,,"
        "Detractor,3,\n"
    )
    assert counts(room.take(export)["surveys"]) == (2, 0, 0, 0)
    sql = "SELECT survey_id, score, comment, exclusion, responded_at FROM surveys ORDER BY 1"
    at = datetime(2026, 3, 2, 16, 2, 1)
    assert room.rows(sql) == [("R_1", 9, "Kind", None, at), ("R_2", 3, None, "test", at)]


# ---- what the words and the answers prove


@pytest.mark.parametrize(
    ("text", "answers", "found"),
    [
        ("Quelle est la probabilité que vous nous recommandiez ?", "0 9", Question("nps", (0, 10))),
        ("Recommanderiez-vous (0 à 10) ?", "3", Question("nps", (0, 10))),
        ("Recommanderiez-vous ?", "3 5", Unclear("no answer shows that it goes up to 10")),
        ("Recommanderiez-vous ?", "oui non", Unclear("it is answered by yes or no")),
        ("Satisfaction de 1 à 7", "3 5", Question("csat", (1, 7))),
        ("Note de satisfaction", "5 " * 20, Question("csat", (1, 5))),
        ("Note de satisfaction", "0 9 " * 20, Question("csat", (0, 10))),
        ("Note de satisfaction", "3 4 " * 20, Unclear),
        ("Was it easy to reach us (1-7)?", "7", Question("ces", (1, 7))),
        ("Quel effort avez-vous dû fournir (1 à 5) ?", "1", Question("ces", (1, 5), higher_is_better=False)),
        ("L'entreprise m'a facilité l'effort (1 à 7)", "1", Question("ces", (1, 7))),
        ("How easy or difficult was it (1-7)?", "1", Unclear),
        ("Votre demande a-t-elle été résolue ?", "4", Unclear),
        ("Le personnel est rapide (1 à 5)", "4", Unclear),
        ("Le personnel est rapide (1 à 7)", "4", Question("servqual", (1, 7), dimension="responsiveness")),
        ("Its facilities are neat (1 to 7)", "4", Question("servqual", (1, 7), dimension="tangibles")),
        ("Votre âge", "47", Unclear("its words do not say what it measures")),
    ],
)
def test_a_question_is_what_its_words_and_answers_prove(
    text: str, answers: str, found: Question | Unclear | type[Unclear]
) -> None:
    read = read_question(text, Counter(answers.split()))
    assert isinstance(read, Unclear) if found is Unclear else read == found


@pytest.mark.parametrize(
    "head",
    [
        "_fivetran_id,_fivetran_synced,loop_id,question,question_id,question_option_key,response_id,text,value",
        "id,_fivetran_synced,duration_in_seconds,finished,progress,recorded_date,start_date,status,survey_id",
    ],
)
def test_replicated_answers_without_dates_or_scales_are_refused_with_what_to_export(tmp_path: Path, head: str) -> None:
    with pytest.raises(ImportFailed, match="export the survey from Qualtrics itself"):
        Room(tmp_path).take(f"{head}\n{','.join('1' for _ in head.split(','))}\n")
