"""What the published surveys say, beside the centre's own figures, with what they can and cannot be compared with."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd
import streamlit as st

from dashboard import cache, cards, page, reading, words
from dashboard.filters import Scope
from dashboard.i18n import _, language
from dashboard.sources import source
from data.settings import context_figures
from kpi.catalog import CATALOG
from kpi.definition import Lang
from kpi.model import Target
from kpi.targets import in_force

ROLES = ("benchmark", "tolerance")


def draw(scope: Scope) -> None:
    """The benchmarks in force beside the figures of the selection, then what the survey says of brands."""
    lines = [
        target
        for target in scope.targets
        if target.role in ROLES and target.scope_dim is None and in_force(target, scope.span.reached)
        and target.kpi_id in CATALOG and scope.missing_dimension(CATALOG[target.kpi_id]) is None
    ]  # fmt: skip
    page.section(_("Beside others"))
    if lines and not scope.ahead:
        table = _beside(scope, lines)
        with page.panel(
            _("Your centre beside the survey of 2016"),
            _("220 French brands, asked in 2016 · an order of magnitude, not a goal: nobody is judged by it"),
            key="targets-benchmarks",
        ):
            st.html(_html(table))
            page.csv_button(lambda: table, key="targets-benchmarks")
    said = [
        {_("Of brands and people"): _known(language()).get(one.label, one.label),
         _("Figure"): _known(language()).get(one.value, one.value), _("Source"): source(one.source)}
        for one in context_figures()
    ]  # fmt: skip
    box = st.expander(_("What the surveys say of brands and of people"), key="targets-context")
    box.caption(
        _(
            "These are shares of brands or of people, not values of a centre: “60% of brands answer e-mails in time” "
            "does not mean that 60% of e-mails are. They are never a target, nor a line on a chart."
        )
    )
    box.dataframe(pd.DataFrame(said), hide_index=True, key="table-targets-context")


def _beside(scope: Scope, lines: list[Target]) -> pd.DataFrame:
    kpi_ids = tuple(dict.fromkeys(target.kpi_id for target in lines))
    answers = cache.ask(scope.query(*kpi_ids))
    rows = []
    for target in lines:
        kpi, figure = CATALOG[target.kpi_id], answers[target.kpi_id].total
        sign = {">=": "≥ ", "<=": "≤ "}.get(target.op, "")
        rows.append(
            {
                _("KPI"): words.short(kpi),
                _("Survey"): sign + cards.target_text(target, kpi.unit),
                _("Your centre"): reading.value(figure, kpi.unit),
                "n": reading.count(figure),
                _("It is a"): words.value("role", target.role),
                _("To know"): _caveats(language()).get(target.kpi_id, ""),
                _("Source"): source(target.source),
            }
        )
    return pd.DataFrame(rows)


def _html(table: pd.DataFrame) -> str:
    """Its caveats are read whole."""
    wrapped = (_("To know"), _("Source"))
    sides = [' class="v-wrap"' if name in wrapped else ' class="v-right"' if name == "n" else "" for name in table]
    head = "".join(
        f'<th scope="col"{side}>{words.html(str(name))}</th>' for name, side in zip(table, sides, strict=True)
    )
    lines = "".join(
        "<tr>"
        + "".join(f"<td{side}>{words.html(str(text))}</td>" for text, side in zip(line, sides, strict=True))
        + "</tr>"
        for line in table.itertuples(index=False, name=None)
    )
    return (
        '<div class="v-rows" tabindex="0" role="group">'
        f"<table><thead><tr>{head}</tr></thead><tbody>{lines}</tbody></table></div>"
    )


@lru_cache(maxsize=4)
def _caveats(lang: Lang) -> dict[str, str]:
    """KPI -> what its line of the survey does not say."""
    accepted = _("What 66% of customers say they accept, not what brands measure.")
    return {
        "fcr_rate": _("What brands aim at, not what they measure; 60% of them say they hold it."),
        "contacts_per_resolution": _("The survey counts exchanges, messages included; Vigie counts contacts."),
        "active_channels": _("Offered by 81% of brands; Vigie counts the channels that were used."),
        "average_speed_of_answer": accepted,
        "average_wait_time": accepted,
        "longest_wait": accepted,
    }


@lru_cache(maxsize=4)
def _known(lang: Lang) -> dict[str, str]:
    """The words of the survey's figures in the reader's language."""
    return {
        "brands with at least 3 contact channels": _("brands with at least 3 contact channels"),
        "phone, e-mail, web form offered": _("phone, e-mail, web form offered"),
        "brands on Facebook / Twitter": _("brands on Facebook / Twitter"),
        "French people using social networks as contact channel (BVA)": _(
            "French people using social networks as contact channel (BVA)"
        ),
        "brands with click and talk / French people who used it": _(
            "brands with click and talk / French people who used it"
        ),
        "brands without a phone-wait target / not measuring it": _(
            "brands without a phone-wait target / not measuring it"
        ),
        "services with a wait target < 30 s": _("services with a wait target < 30 s"),
        "brands wanting 90% of calls handled": _("brands wanting 90% of calls handled"),
        "services reaching these phone targets": _("services reaching these phone targets"),
        "customers accepting a wait of 2 to 4 min": _("customers accepting a wait of 2 to 4 min"),
        "brands with a 24 h target: e-mail / web form": _("brands with a 24 h target: e-mail / web form"),
        "brands reaching it: e-mail / web form": _("brands reaching it: e-mail / web form"),
        "Facebook < 2 h: target / reached": _("Facebook < 2 h: target / reached"),
        "Twitter < 1 h: target / reached": _("Twitter < 1 h: target / reached"),
        "services without an FCR target": _("services without an FCR target"),
        "brands holding FCR 75-85%": _("brands holding FCR 75-85%"),
        "exchanges to resolve a request": _("exchanges to resolve a request"),
        "reasons of extra contacts (BVA): not considered / other requests / wrong department / unclear": _(
            "reasons of extra contacts (BVA): not considered / other requests / wrong department / unclear"
        ),
        "companies with no customer-service indicator (Citwell, 200 companies)": _(
            "companies with no customer-service indicator (Citwell, 200 companies)"
        ),
        "collective and individual / collective only / individual only": _(
            "collective and individual / collective only / individual only"
        ),
        "> 80% each": _("> 80% each"),
        "6%, -3 points on 2015": _("6%, -3 points on 2015"),
        "2.75": _("2.75"),
    }
