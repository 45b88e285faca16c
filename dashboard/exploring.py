"""What a free exploration asks: KPIs, dimensions, width of bucket, form; what of it is possible. Pure: no widget."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from itertools import groupby

from kpi.catalog import CATALOG
from kpi.datasets import DATASETS
from kpi.definition import Kpi
from kpi.display import protected
from kpi.measures import ClassMeans, Mix, Ranking, Shares, StockShares
from kpi.model import Figure, Grain

MOST_KPIS, MOST_DIMENSIONS = 3, 2
NEVER = ("customer_id",)
"""Of one person, and thousands of them."""
PLACED = ("hour", "half_hour", "weekday")
_BELOW_A_DAY = (Grain.HALF_HOUR, Grain.HOUR)
_LONGEST = {Grain.HALF_HOUR: 31, Grain.HOUR: 62, Grain.DAY: 800}
_SHORTEST = {Grain.WEEK: 8, Grain.MONTH: 29, Grain.QUARTER: 90, Grain.YEAR: 300}
"""Days of the period from which, and up to which, a width is worth drawing."""
FIRST = (
    ("tickets_created", "frt_median"), ("calls_offered", "answer_rate"), ("nps", "csat_rate"),
    ("orders_received", "order_sla_rate"), ("self_service_users", "self_service_success_rate"),
)  # fmt: skip
"""What the page opens with: the first pair whose exports are there."""


class Form(StrEnum):
    """How the answer is drawn."""

    CARDS = "cards"
    LINE = "line"
    BAR = "bar"
    HEAT = "heat"
    TABLE = "table"


@dataclass(frozen=True, slots=True)
class View:
    """A question in the terms of the page. `form` None is the usual one of its shape."""

    kpis: tuple[str, ...] = ()
    by: tuple[str, ...] = ()
    grain: Grain | None = None
    form: Form | None = None

    @property
    def known(self) -> list[Kpi]:
        return [CATALOG[kpi_id] for kpi_id in self.kpis]


def first_view(present: Iterable[str]) -> View:
    """What the page opens with when the `present` tables are there."""
    there = frozenset(present)
    pair = next((pair for pair in FIRST if all(there.issuperset(CATALOG[one].needs) for one in pair)), FIRST[0])
    return View(pair, ("channel",))


# The address


def to_texts(view: View) -> dict[str, str | None]:
    """The view as parameters of the address; None takes one out."""
    return {
        "kpis": ",".join(view.kpis),
        "by": ",".join(view.by) or None,
        "grain": view.grain,
        "form": view.form,
    }


def from_texts(texts: Mapping[str, str], fallback: View) -> tuple[View, tuple[str, ...]]:
    """The view that an address asks and the names of the parameters that name nothing; never raises."""
    if not texts:
        return fallback, ()
    ignored = set[str]()
    kpis = _listed(texts, "kpis", CATALOG.__contains__, MOST_KPIS, ignored)
    names = {name for kpi in CATALOG.values() for name in kpi.dimensions if name not in NEVER}
    by = _listed(texts, "by", names.__contains__, MOST_DIMENSIONS, ignored)
    grain = _one(Grain, texts, "grain", ignored)
    form = _one(Form, texts, "form", ignored)
    view = View(kpis, by, Grain(grain) if grain else None, Form(form) if form else None)
    return (view if kpis else replace(fallback, form=None)), tuple(sorted(ignored))


def _listed(
    texts: Mapping[str, str], name: str, exists: Callable[[str], bool], most: int, ignored: set[str]
) -> tuple[str, ...]:
    asked = [code for code in texts.get(name, "").split(",") if code]
    found = tuple(dict.fromkeys(code for code in asked if exists(code)))[:most]
    if len(found) < len(asked):
        ignored.add(name)
    return found


def _one(kind: type[StrEnum], texts: Mapping[str, str], name: str, ignored: set[str]) -> str | None:
    text = texts.get(name)
    if not text:
        return None
    if text not in set(kind):
        ignored.add(name)
        return None
    return text


# What is possible


def dimensions(kpis: Sequence[Kpi], existing: Callable[[str], bool]) -> tuple[list[str], list[str]]:
    """The dimensions that all the KPIs have, most common first; and those that only some of them have."""
    every = [name for name in _in_order(kpis) if name in PLACED or existing(name)]
    common = [name for name in every if all(name in kpi.dimensions for kpi in kpis)]
    return common, [name for name in every if name not in common]


def _in_order(kpis: Sequence[Kpi]) -> list[str]:
    return list(dict.fromkeys(name for kpi in kpis for name in kpi.dimensions if name not in NEVER))


def grains(kpis: Sequence[Kpi], days: int) -> list[Grain]:
    """The widths of bucket that all the KPIs have, and that a period of so many days can be cut in."""
    lasting = [g for g in Grain if days <= _LONGEST.get(g, days) and days >= _SHORTEST.get(g, 0)]
    return [grain for grain in lasting if all(has_grain(kpi, grain) for kpi in kpis)]


def has_grain(kpi: Kpi, grain: Grain) -> bool:
    if kpi.grains is not None:
        return grain in kpi.grains
    dated = kpi.time is not None and DATASETS[kpi.dataset].times[kpi.time].dated
    return not (dated and grain in _BELOW_A_DAY)


def class_of(kpi: Kpi) -> str | None:
    """The dimension of the classes of a breakdown (the topic of a mention, the age of a backlog), which come as one
    more key."""
    match kpi.measure:
        case Mix():
            return kpi.measure.of
        case Shares():
            return "nps_class"
        case StockShares():
            return "age_bucket"
        case ClassMeans():
            return "dimension"
        case Ranking():
            return "product_id"
    return None


def axes(view: View, kpi: Kpi) -> tuple[str, ...]:
    """The dimensions of a KPI's groups: those asked, then its classes."""
    own = class_of(kpi)
    return (*view.by, own) if own else view.by


def forms(view: View) -> list[Form]:
    """The forms in which the view can be drawn, the usual one first."""
    widths = [len(axes(view, kpi)) for kpi in view.known]
    fewest, most = min(widths, default=0), max(widths, default=0)
    if view.grain is not None:
        heat = [Form.HEAT] if fewest == most == 1 else []
        return [Form.LINE, *heat, Form.TABLE] if most <= 2 else [Form.TABLE]
    if most == 0:
        return [Form.CARDS, Form.TABLE]
    if fewest == most == 2:
        return [Form.HEAT, Form.BAR, Form.TABLE]
    return [Form.BAR, Form.TABLE] if fewest >= 1 and most <= 2 else [Form.TABLE]


def possible(view: View, existing: Callable[[str], bool], days: int) -> View:
    """The view without what its KPIs do not have."""
    offered, _some = dimensions(view.known, existing)
    by = tuple(name for name in view.by if name in offered)[:MOST_DIMENSIONS]
    grain = view.grain if view.grain in grains(view.known, days) else None
    kept = replace(view, by=by, grain=grain)
    return kept if kept.form in forms(kept) else replace(kept, form=None)


# Groups


def placed(figures: Iterable[Figure], *, classed: bool, grained: bool) -> list[Figure]:
    """The figures with their keys in one order: dimensions, class, bucket."""
    if not (classed and grained):
        return list(figures)
    return [figure.placed((*figure.keys[:-2], figure.keys[-1], figure.keys[-2]), figure.status) for figure in figures]


def guarded(figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures with rule P5 applied along each axis: a lone hidden group could be worked out from the others and
    their total, which another question gives."""
    found = list(figures)
    for at in range(len(found[0].keys) if found else 0):

        def others(figure: Figure, at: int = at) -> str:
            return repr((*figure.keys[:at], *figure.keys[at + 1 :]))

        order = sorted(range(len(found)), key=lambda i: others(found[i]))
        for _rest, group in groupby(order, key=lambda i: others(found[i])):
            places = list(group)
            for i, figure in zip(places, protected([found[i] for i in places]), strict=True):
                found[i] = figure
    return tuple(found)
