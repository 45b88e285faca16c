"""Where the targets that come with Vigie are from, in the reader's language; others are shown as they were typed."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from dashboard.i18n import _, language
from kpi.definition import Lang


def source(text: str) -> str:
    """The source of a target as people read it."""
    return _known(language()).get(text, text)


@lru_cache(maxsize=4)
def _known(lang: Lang) -> Mapping[str, str]:
    return {
        "house default": _("house default"),
        "house default for daily screens (26 h)": _("house default for daily screens (26 h)"),
        "Easiware 2016, 220 French brands": _("Easiware 2016, 220 French brands"),
        "Easiware 2016, 220 French brands (66 % of customers)": _(
            "Easiware 2016, 220 French brands (66% of customers)"
        ),
        "Easiware 2016, 220 French brands (75 % of services)": _("Easiware 2016, 220 French brands (75% of services)"),
        "Easiware 2016, 220 French brands (75-85 %)": _("Easiware 2016, 220 French brands (75-85%)"),
        "Easiware 2016, 220 French brands (81 % of brands)": _("Easiware 2016, 220 French brands (81% of brands)"),
        "Easiware 2016, 220 French brands (24 h); 90 % house": _("Easiware 2016, 220 French brands (24 h); 90% house"),
        "Easiware 2016, 220 French brands (2 h); 90 % house": _("Easiware 2016, 220 French brands (2 h); 90% house"),
        "Easiware 2016, 220 French brands (1 h); 90 % house": _("Easiware 2016, 220 French brands (1 h); 90% house"),
        "Easiware 2016, 220 French brands (70 % of brands); la-relation-client.com 2021": _(
            "Easiware 2016, 220 French brands (70% of brands); la-relation-client.com 2021"
        ),
        "la-relation-client.com 2021 (NF-345 as cited); Easiware 2016, 220 French brands": _(
            "la-relation-client.com 2021 (NF-345 as cited); Easiware 2016, 220 French brands"
        ),
        "derived from the answer-rate target in the simple case (la-relation-client.com 2021)": _(
            "derived from the answer-rate target in the simple case (la-relation-client.com 2021)"
        ),
        "threshold 30 s: Easiware 2016, 220 French brands; 80 %: industry habit, no source": _(
            "threshold 30 s: Easiware 2016, 220 French brands; 80%: industry habit, no source"
        ),
        "as average_speed_of_answer: Easiware 2016, 220 French brands (75 % of services)": _(
            "as average_speed_of_answer: Easiware 2016, 220 French brands (75% of services)"
        ),
        "as fcr_rate: Easiware 2016, 220 French brands (75-85 %)": _(
            "as fcr_rate: Easiware 2016, 220 French brands (75-85%)"
        ),
        "perception at least equal to expectation (Eufonie 2023)": _(
            "perception at least equal to expectation (Eufonie 2023)"
        ),
    }
