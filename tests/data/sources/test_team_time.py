"""Lists of agents' days, of no vendor: headers as people write them, in French and in English."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from data.store import ImportFailed
from tests.data.sources.exports import Room, counts

FRENCH = """Conseiller;Date;Équipe;Heures planifiées;Absence (min);Heures payées;Temps connecté (min);Disponible (min);\
Traitement (min)
Ann;13/03/2026;Nord;7,5;90;7,5;360;60;270
Bo;13/03/2026;Nord;7,5;500;7,5;0;0;0
"""


def test_units_are_in_the_names_of_the_columns(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    assert counts(room.take(FRENCH)["agent_time"]) == (1, 0, 0, 1), "nobody is absent longer than scheduled"
    assert room.source() == "team_time"
    sql = "SELECT work_date, team_id, scheduled_s, absent_s, paid_s, logged_s, available_s, handling_s FROM agent_time"
    assert room.rows(sql) == [(date(2026, 3, 13), "Nord", 27_000, 5_400, 27_000, 21_600, 3_600, 16_200)]
    assert b"Ann" not in room.db.read_bytes()
    assert counts(room.take(FRENCH)["agent_time"]) == (0, 0, 1, 1)
    assert counts(room.take(FRENCH.replace(";90;", ";60;"))["agent_time"]) == (0, 1, 0, 1)


def test_seven_thirty_is_hours_and_a_bare_number_is_asked_for(tmp_path: Path) -> None:
    room = Room(tmp_path)
    english = (
        "Agent,Date,Scheduled,Absent,Paid,Logged,Available,Handling\nAnn,3/13/2026,7:30,0:00,7h30,06:00:30,1:00,4:30\n"
    )
    room.take(english)
    sql = "SELECT work_date, scheduled_s, absent_s, paid_s, logged_s, available_s, handling_s FROM agent_time"
    assert room.rows(sql) == [(date(2026, 3, 13), 27_000, 0, 27_000, 21_630, 3_600, 16_200)]
    with pytest.raises(ImportFailed, match="'Paid' does not say its unit"):
        room.take(english.replace("7h30", "7"))
