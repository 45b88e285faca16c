"""What the data room says reaches a French reader in French, whatever it says next."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import data
from dashboard.i18n import speak
from dashboard.reasons import FORMS, reason, said

ROOM = Path(data.__file__).parent
ERRORS = ("ImportFailed", "Unreadable", "AmbiguousDates", "StoreInvalid", "StoreBusy", "StoreError", "Cancelled")
MALFORMED = "Malformed"


def sentences() -> Iterator[tuple[str, str]]:
    """Where and what: each literal with which the data room gives up a file or refuses a line of it, its places
    filled."""
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name) or not node.args:
                continue
            literal = node.args[0] if node.func.id in ERRORS else node.args[-1] if node.func.id == MALFORMED else None
            if isinstance(literal, ast.Constant | ast.JoinedStr):
                yield f"{path.relative_to(ROOM)}:{node.lineno}", filled(literal)


def filled(literal: ast.expr) -> str:
    if isinstance(literal, ast.Constant):
        return str(literal.value)
    assert isinstance(literal, ast.JoinedStr)
    return "".join(str(part.value) if isinstance(part, ast.Constant) else "7" for part in literal.values)


@pytest.fixture(autouse=True)
def _in_french() -> Iterator[None]:
    speak("fr")
    yield
    speak("en")


def test_every_sentence_of_the_data_room_is_said_in_french() -> None:
    found = dict(sentences())
    assert len(found) > 50
    assert {where: text for where, text in found.items() if said(text) == text} == {}


def test_what_a_sentence_names_is_kept_as_it_is() -> None:
    text = "a{b}.csv has no sheet 'Été'; it has Feuil1, Feuil2"
    assert said(text) == "a{b}.csv n’a pas de feuille 'Été'\u00a0; il a Feuil1, Feuil2"
    assert said("tickets.csv, line 3: too odd to be known") == "tickets.csv, line 3: too odd to be known"


def test_several_reasons_of_a_row_are_each_said() -> None:
    found = reason("write a whole number; required and empty: fill it in")
    assert found == f"{said('write a whole number')}; {said('required and empty: fill it in')}"
    assert "écrivez un nombre entier" in found and "fill" not in found


def test_a_word_to_match_is_said_whole() -> None:
    found = reason("write one of email, mail, tél.; or add the word to [values.channel] of desk")
    assert found == "écrivez l’un de email, mail, tél., ou reliez le mot dans [values.channel] of desk"


def test_in_english_it_is_what_the_command_line_says() -> None:
    speak("en")
    assert [form for form in FORMS if said(form) != form] == []
