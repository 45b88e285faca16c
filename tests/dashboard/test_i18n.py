import ast
import re
from collections.abc import Iterator
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po

import dashboard
from dashboard.i18n import LOCALE, preferred, translations

ROOM = Path(dashboard.__file__).parent
MARKS = ("_", "N_", "ngettext")


def messages() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """Where and what: each string given to `_`, `N_` or `ngettext` in the room."""
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                texts = [arg.value for arg in node.args if isinstance(arg, ast.Constant) and isinstance(arg.value, str)]
                assert texts, f"{path.name}:{node.lineno}: the message is not a literal"
                yield f"{path.name}:{node.lineno}", texts[0] if node.func.id != "ngettext" else (texts[0], texts[1])


def french() -> dict[str, str | tuple[str, ...]]:
    with (LOCALE / "fr" / "LC_MESSAGES" / "vigie.po").open("rb") as source:
        return {m.id if isinstance(m.id, str) else m.id[0]: m.string for m in read_po(source) if m.id}


def test_every_message_is_translated() -> None:
    known = french()
    missing = {where: text for where, text in messages() if not known.get(text if isinstance(text, str) else text[0])}
    assert not missing


def test_no_translation_is_left_over() -> None:
    used = {text if isinstance(text, str) else text[0] for _, text in messages()}
    assert set(french()) <= used


def test_translations_keep_their_placeholders() -> None:
    def holes(text: str) -> set[str]:
        return {name for _, name, _, _ in Formatter().parse(text) if name}

    for message, translated in french().items():
        for text in (translated,) if isinstance(translated, str) else translated:
            assert holes(text) == holes(message), message


@pytest.mark.parametrize(("locales", "lang"), [(["fr-CA"], "fr"), (["de-DE"], "en"), ([None], "en"), ([], "en")])
def test_the_browsers_language_is_the_first(locales: list[str | None], lang: str) -> None:
    assert preferred(locales) == lang


def test_plurals_follow_the_language() -> None:
    one_many = ("{n} KPI", "{n} KPIs")
    assert translations("fr").ngettext(*one_many, 0) == "{n} indicateur"
    assert translations("en").ngettext(*one_many, 0) == "{n} KPIs"


def test_a_french_sign_of_two_parts_never_begins_a_line() -> None:
    texts = [text for found in french().values() for text in ((found,) if isinstance(found, str) else found)]
    assert [text for text in texts if re.search(r"\S [:;?!»](?=[\s<.,)]|$)|« ", text)] == []
