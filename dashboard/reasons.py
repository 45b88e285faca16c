"""Why an import refused a row, in the reader's language; a rule that names columns is shown as it was written."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from dashboard.i18n import _, language
from kpi.definition import Lang

_LISTED = "not a known value: write one of "
_WORDS = "write one of "
_ADD = "or add the word to "


def reason(text: str) -> str:
    """The reasons of one row, each in the reader's words when it is a known one."""
    return "; ".join(map(_one, text.split("; ")))


def _one(text: str) -> str:
    if text.startswith(_LISTED):
        return _("not a known value: write one of {values}").format(values=text.removeprefix(_LISTED))
    if text.startswith(_WORDS):
        return _("write one of {values}").format(values=text.removeprefix(_WORDS))
    if text.startswith(_ADD):
        return _("or match the word, in {place}").format(place=text.removeprefix(_ADD))
    return _known(language()).get(text, text)


@lru_cache(maxsize=4)
def _known(lang: Lang) -> Mapping[str, str]:
    return {
        "required and empty: fill it in": _("required and empty: fill it in"),
        "write an instant such as 2026-03-02T08:30:00Z": _("write an instant such as 2026-03-02T08:30:00Z"),
        "write a date such as 2026-03-02": _("write a date such as 2026-03-02"),
        "write a time such as 08:30": _("write a time such as 08:30"),
        "write a whole number": _("write a whole number"),
        "write a number such as 12.5": _("write a number such as 12.5"),
        "write true or false (or yes, no, oui, non, vrai, faux, 1, 0)": _(
            "write true or false (or yes, no, oui, non, vrai, faux, 1, 0)"
        ),
    }
