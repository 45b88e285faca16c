"""Words in French and in English: gettext catalogues, source strings in English.

Wrap every visible word in `_("...")`, plurals in `ngettext("{n} ticket", "{n} tickets", n)`, and fill
placeholders with `.format(...)` after the call, never before.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextvars import ContextVar, copy_context
from functools import lru_cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TypeVar, cast

import streamlit as st
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from kpi.definition import Lang

T = TypeVar("T")
LANGUAGES: tuple[Lang, ...] = ("fr", "en")
LOCALE = Path(__file__).parent / "locale"
_current: ContextVar[Lang | None] = ContextVar("language", default=None)


def use(lang: Lang) -> None:
    """Speak `lang` for the rest of this run, and in the fragments that rerun alone afterwards."""
    _current.set(lang)
    st.session_state["lang_in_use"] = lang


def speak(lang: Lang) -> None:
    """Speak `lang` where there is no session: in a terminal."""
    _current.set(lang)


def spoken(lang: Lang, make: Callable[[], T]) -> T:
    """What `make` gives in a language, wherever it runs: a download is made outside of any run."""

    def made() -> T:
        speak(lang)
        return make()

    return copy_context().run(made)


def language() -> Lang:
    """The language in use. A fragment that reruns alone starts in a fresh thread: the session remembers."""
    return _current.get() or cast(Lang, st.session_state.get("lang_in_use", "en"))


def preferred(locales: Iterable[str | None]) -> Lang:
    """The first language that we speak among browser locales such as fr-FR, else English."""
    for locale in locales:
        for lang in LANGUAGES:
            if (locale or "").lower().startswith(lang):
                return lang
    return "en"


@lru_cache
def translations(lang: Lang) -> NullTranslations:
    """The catalogue of `lang`, compiled from its .po file once in the life of the process."""
    path = LOCALE / lang / "LC_MESSAGES" / "vigie.po"
    with path.open("rb") as source:
        catalog = read_po(source, locale=lang, domain="vigie")
    compiled = BytesIO()
    write_mo(compiled, catalog)
    compiled.seek(0)
    return GNUTranslations(compiled)


def N_(message: str) -> str:  # noqa: N802  (gettext's own name for it)
    """Marks a message that is translated later, from a table."""
    return message


def _(message: str) -> str:
    """The message in the language in use."""
    return translations(language()).gettext(message)


def ngettext(one: str, many: str, n: int) -> str:
    """The message for `n` things in the language in use."""
    return translations(language()).ngettext(one, many, n)
