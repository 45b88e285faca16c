"""One figure under the conventions of others: what each would read on the same data.

The first of each list is the house's own, as the catalogue has it; the default never changes.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from kpi import catalog, compiler
from kpi.answer import answer
from kpi.asking import moment_of, needs, plain_parameters, resolve
from kpi.catalog.common import CUSTOMER, CUSTOMER_WRITTEN, PICKED_UP, SATISFACTION
from kpi.datasets import DATASETS
from kpi.definition import Lang
from kpi.display import judged
from kpi.engines import Engine
from kpi.fcr_windows import within
from kpi.figures import reader
from kpi.measures import Mean, Measure, Quantile, Ratio, Survival
from kpi.model import Figure, ParamValue, Query, Unit

HOUSE = "house"
_ENDED = ("over", "all")
_THRESHOLD, _SHORT = "TO_SECONDS($threshold_s)", "wait_s >= $short_abandon_s"
_ABANDONED = "COALESCE(outcome, '') = 'abandoned'"
_IN_TIME = f"{PICKED_UP} AND answered_at <= offered_at + {_THRESHOLD}"
_LEFT_IN_TIME = f"{_ABANDONED} AND wait_s >= 0 AND wait_s <= $threshold_s"
_MATURE = "fcr_mature_at <= $as_of AND COALESCE(first_resolved_at >= created_at, TRUE)"
_ANSWERED_S = "EPOCH(COALESCE(first_response_at, first_resolved_at, $as_of)) - EPOCH(created_at)"
_SOLVED_S = "EPOCH(COALESCE(first_resolved_at, $as_of)) - EPOCH(created_at)"


@dataclass(frozen=True, slots=True)
class Convention:
    """One way to read a figure. What it leaves out (None, empty) is as the KPI has it; `kpi_id` reads another KPI,
    `unit` is the unit of what it reads when that differs, `fcr_days` reads FCR over another number of days."""

    name: str
    en: str
    fr: str
    params: tuple[tuple[str, ParamValue], ...] = ()
    kpi_id: str | None = None
    measure: Measure | None = None
    where: str | None = None
    dataset: str | None = None
    time: str | None = None
    unit: Unit | None = None
    fcr_days: int | None = None

    def label(self, lang: Lang) -> str:
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Reading:
    """What a convention reads; `figure` is None when its tables were never imported or a filter does not apply."""

    convention: Convention
    unit: Unit
    figure: Figure | None


def _house(en: str, fr: str) -> Convention:
    return Convention(HOUSE, en, fr)


def _clocks(own_en: str, own_fr: str) -> tuple[Convention, ...]:
    return (
        _house(own_en, own_fr),
        Convention("calendar", "Calendar time", "Temps calendaire", (("clock", "calendar"),)),
        Convention("business", "Opening hours only", "Heures d'ouverture seulement", (("clock", "business"),)),
    )


def _unfinished(q: float, asked: str, ended: str, where: str) -> tuple[Convention, ...]:
    """By the period of creation: what is over, then what still runs counted (Kaplan and Meier)."""
    over = Quantile(f"CASE WHEN {ended} THEN {asked} END", q)
    return (
        Convention("over", "Requests received in the period, only those that are over",
                   "Demandes reçues dans la période, seulement celles qui sont terminées", measure=over, where=where,
                   dataset="tickets", time="created"),
        Convention("all", "Requests received in the period, those still waiting counted (Kaplan-Meier)",
                   "Demandes reçues dans la période, celles qui attendent encore comprises (Kaplan-Meier)",
                   measure=Survival(asked, ended=ended, q=q), where=where, dataset="tickets", time="created"),
    )  # fmt: skip


def _first_response(q: float) -> tuple[Convention, ...]:
    return (
        *_clocks("First responses given in the period, clock of the page", "Premières réponses données dans la "
                 "période, horloge de la page"),
        Convention("every_channel", "Telephone and requests that the centre opened included",
                   "Téléphone et demandes ouvertes par le centre comprises", where="TRUE"),
        *_unfinished(q, _ANSWERED_S, "first_response_at IS NOT NULL", CUSTOMER_WRITTEN),
    )  # fmt: skip


def _resolution(q: float) -> tuple[Convention, ...]:
    return (
        *_clocks("Final resolutions of the period, clock of the page", "Résolutions finales de la période, horloge de "
                 "la page"),
        Convention("active", "Opening hours without the waits for the customer",
                   "Heures d'ouverture sans les attentes du client", (("clock", "active_business"),)),
        Convention("paused", "Opening hours without any pause", "Heures d'ouverture sans aucune pause",
                   (("clock", "active_business"), ("pause_statuses", ("pending", "on_hold")))),
        *_unfinished(q, _SOLVED_S, "first_resolved_at IS NOT NULL", CUSTOMER),
    )  # fmt: skip


def _of_calls(own_en: str, own_fr: str) -> tuple[Convention, ...]:
    return (
        _house(own_en, own_fr),
        Convention("every_abandon", "Every abandonment counted, however short", "Tous les abandons comptés, même "
                   "courts", (("short_abandon_s", 0),)),
        Convention("abandons_10", "Abandonments from 10 s on", "Abandons à partir de 10 s", (("short_abandon_s", 10),)),
        Convention("abandons_20", "Abandonments from 20 s on", "Abandons à partir de 20 s", (("short_abandon_s", 20),)),
    )  # fmt: skip


_LIMIT = "NOT COALESCE(wait_s < 0, FALSE)"
CONVENTIONS: dict[str, tuple[Convention, ...]] = {
    "service_level": (
        _house("Answered within 30 s, among calls presented without short abandonments",
               "Décrochés en 30 s, parmi les appels présentés sans les abandons courts"),
        Convention("every_abandon", "Every abandonment is a miss, however short",
                   "Tout abandon est un échec, même court", (("short_abandon_s", 0),)),
        Convention("late_abandons", "Abandonments within 30 s left out", "Abandons en moins de 30 s laissés de côté",
                   (("short_abandon_s", 30),)),
        Convention("forgiven", "Abandonments within 30 s are a success", "Abandons en moins de 30 s comptés "
                   "comme tenus",
                   measure=Ratio(f"({_IN_TIME}) OR ({_LEFT_IN_TIME})",
                                 f"{_LIMIT} AND (({PICKED_UP}) OR {_ABANDONED})")),
        Convention("answered_only", "Answered within 30 s, among answered calls",
                   "Décrochés en 30 s, parmi les appels décrochés",
                   measure=Ratio(_IN_TIME, f"{_LIMIT} AND {PICKED_UP}")),
        Convention("twenty", "Within 20 s", "En 20 s", (("threshold_s", 20),)),
        Convention("sixty", "Within 60 s", "En 60 s", (("threshold_s", 60),)),
    ),
    "answer_rate": _of_calls("Abandonments within 5 s left out", "Abandons en moins de 5 s laissés de côté"),
    "abandon_rate": _of_calls("Abandonments within 5 s left out", "Abandons en moins de 5 s laissés de côté"),
    "fcr_rate": (
        _house("Resolved within 7 days in one contact, without return or reopening within 7 days",
               "Résolues en 7 jours et un seul contact, sans retour ni réouverture sous 7 jours"),
        *(
            Convention(f"within_{days}", f"The same over {days} day{'s' * (days > 1)}", f"De même sur {days} "
                       f"jour{'s' * (days > 1)}", fcr_days=days)
            for days in (1, 3, 14, 30)
        ),
        Convention("resolved_only", "The same, among resolved requests", "De même, parmi les demandes résolues",
                   measure=Ratio("fcr", f"{_MATURE} AND first_resolved_at IS NOT NULL")),
        Convention("one_day", "Resolved within 24 h, whatever the contacts", "Résolues en 24 h, quel que soit le "
                   "nombre de contacts", measure=Ratio("first_resolved_at <= created_at + INTERVAL 1 DAY", _MATURE)),
        Convention("not_reopened", "Not reopened within 7 days, among resolved requests",
                   "Non rouvertes sous 7 jours, parmi les demandes résolues", kpi_id="reopen_rate",
                   measure=Ratio("NOT COALESCE(reopened_at > resolved_at AND reopened_at <= resolved_at + INTERVAL 7 "
                                 "DAY, FALSE)", "resolved_at + INTERVAL 7 DAY <= $as_of")),
        Convention("declared", "Solved at once, as customers say", "Réglées du premier coup, selon les clients",
                   kpi_id="fcr_rate_surveyed"),
    ),
    "frt_median": _first_response(0.5),
    "frt_p90": _first_response(0.9),
    "resolution_time_median": _resolution(0.5),
    "resolution_time_p90": _resolution(0.9),
    "ces_mean": (
        _house("Effort from 1 to 7, the lower the better", "Effort de 1 à 7, le plus bas étant le meilleur"),
        Convention("ease", "Ease from 1 to 7, the higher the better", "Facilité de 1 à 7, le plus haut étant le "
                   "meilleur",
                   measure=Mean(f"1 + 6 * ({SATISFACTION})", valid="score_share IS NOT NULL", invalid="FALSE",
                                low=1.0, high=7.0, whole=False)),
        Convention("agree", "Share who found it easy (5 to 7 of 7)", "Part de ceux qui ont trouvé cela facile (5 à 7 "
                   "sur 7)", kpi_id="ces_low_effort_rate", unit=Unit.RATIO),
    ),
    "csat_rate": (
        _house("Top quarter of the scale (4 and 5 of 5)", "Quart haut de l'échelle (4 et 5 sur 5)"),
        Convention("top_box", "Best note only (5 of 5)", "Meilleure note seulement (5 sur 5)",
                   measure=Ratio(f"{SATISFACTION} >= 0.999", "score_share IS NOT NULL")),
        Convention("upper_half", "Upper half of the scale (3 of 5 and more)", "Moitié haute de l'échelle (3 sur 5 et "
                   "plus)", measure=Ratio(f"{SATISFACTION} >= 0.5", "score_share IS NOT NULL")),
        Convention("score", "Mean on 100", "Moyenne sur 100", kpi_id="csat_mean", unit=Unit.SCORE),
    ),
}  # fmt: skip
"""KPI -> its conventions."""


def readings(query: Query, kpi_id: str, engine: Engine) -> tuple[Reading, ...]:
    """What each convention of a KPI reads of the same selection, the house's own first; none for a KPI without any."""
    own = plain_parameters(catalog.get(kpi_id), query)
    return tuple(
        _reading(one, kpi_id, query, engine)
        for one in CONVENTIONS.get(kpi_id, ())
        if not one.params or any(own.get(name) != value for name, value in one.params)  # Else it is the first one.
    )


def unfinished(query: Query, kpi_id: str, engine: Engine) -> tuple[Figure, Figure] | None:
    """The KPI over the requests received in the period: of those that are over alone, then of all (Kaplan-Meier). None
    without its tables, or with a filter that does not apply."""
    over, whole = (_reading(one, kpi_id, query, engine).figure for one in CONVENTIONS[kpi_id] if one.name in _ENDED)
    return None if over is None or whole is None else (over, whole)


def _reading(one: Convention, kpi_id: str, query: Query, engine: Engine) -> Reading:
    kpi = catalog.get(one.kpi_id or kpi_id)
    unit = one.unit or kpi.unit
    known = {param.name for param in kpi.params}
    params = {name: value for name, value in query.params if name in known} | dict(one.params)
    asked = query.with_(kpis=(kpi.id,), by=(), grain=None, params=tuple(params.items()))
    if needs(kpi, asked, engine.tables()) or any(f.dimension not in kpi.dimensions for f in asked.filters):
        return Reading(one, unit, None)
    if one.measure is None and one.where is None and one.fcr_days is None:
        return Reading(one, unit, answer(asked, engine)[kpi.id].total)
    return Reading(one, unit, _figure(one, asked, engine))


def _figure(one: Convention, query: Query, engine: Engine) -> Figure:
    """The figure of another measure or population than the catalogue's."""
    (kpi_id,) = query.kpis
    ask = resolve(query, kpi_id, engine.tables())
    dataset = DATASETS[one.dataset] if one.dataset else ask.dataset
    measure = one.measure or ask.measure
    if one.fcr_days is not None:
        assert query.period is not None
        measure = within(one.fcr_days, query.period)
    ask = replace(
        ask,
        dataset=dataset,
        where=one.where or ask.where,
        measure=measure,
        time=dataset.times[one.time] if one.time else ask.time,
    )
    scan = compiler.aggregate_scan([ask], query, moment_of(query, engine))
    figure = ask.measure.figure(reader(scan, kpi_id)(engine.fetch(scan.sql)[0]))
    return judged(replace(ask.kpi, measure=ask.measure), query, figure, {})[0]
