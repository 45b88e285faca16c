"""What a KPI is: its words, its population, its measure. Pure frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from kpi.measures import Measure
from kpi.model import Better, Figure, Grain, ParamValue, Unit

Family = Literal["stock", "activity", "performance", "productivity", "satisfaction", "finance"]
FAMILIES: tuple[Family, ...] = get_args(Family)
Lang = Literal["en", "fr"]


@dataclass(frozen=True, slots=True)
class Param:
    """A parameter of a KPI, written `$name` in its SQL.

    `choices` empty means any value of the default's type; `sql` maps a choice to the expression it stands for.
    """

    name: str
    default: ParamValue
    choices: tuple[str, ...] = ()
    sql: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Companion:
    """Counts shown beside the figure that have no place in its period (what still waits, is paused...).

    Asked at `as_of` over `dataset`, by the same dimensions and filters; never by time bucket.
    """

    dataset: str
    where: str
    counts: Mapping[str, str]
    """Field of the figure -> SQL condition."""
    time: str | None = None
    """Time column that places them in the period, when they do have one."""


@dataclass(frozen=True, slots=True)
class Variant:
    """Another population and measure, used when the KPI is asked by agent; of another dataset if it names one, which
    has the same dimensions and times."""

    where: str
    measure: Measure
    dataset: str | None = None


@dataclass(frozen=True, slots=True)
class Fallback:
    """Another dataset that tells the same, read when the KPI's own table was never imported."""

    needs: tuple[str, ...]
    dataset: str
    time: str
    where: str = "TRUE"


@dataclass(frozen=True, slots=True)
class Minimum:
    """A KPI's own least number of cases to be shown, in place of the 10 of rule G16; `en` and `fr` name the cases.

    They are the figure's n, or `of` another of its numbers. It still takes 30 cases (n) to be compared, except for a
    census of two periods (`compared` False), which is compared as soon as it is shown.
    """

    cases: int
    en: str
    fr: str
    of: Literal["n", "denominator", "previous"] = "n"
    compared: bool = True

    def counted(self, figure: Figure) -> float:
        """How many of its cases a figure has."""
        found = figure.extra.get("previous") if self.of == "previous" else getattr(figure, self.of)
        return found or 0

    def named(self, lang: Lang) -> str:
        return self.fr if lang == "fr" else self.en


@dataclass(frozen=True, slots=True)
class Kpi:
    """One KPI: the single entry from which the query, the card, the reference and the tests are made.

    `where` is the SQL condition of the population (excluded rows are left out by the dataset itself);
    `time` names the dataset's time column that places an item in a period (None: a stock).
    """

    id: str
    family: Family
    en: str
    fr: str
    dataset: str
    measure: Measure
    unit: Unit
    better: Better
    meaning_en: str
    meaning_fr: str
    formula_en: str
    formula_fr: str
    population_en: str
    population_fr: str
    placed_by_en: str
    placed_by_fr: str
    dimensions: tuple[str, ...]
    needs: tuple[str, ...]
    time: str | None = None
    where: str = "TRUE"
    acronym_en: str = ""
    acronym_fr: str = ""
    edges_en: str = ""
    edges_fr: str = ""
    uncertainty_en: str = ""
    uncertainty_fr: str = ""
    params: tuple[Param, ...] = ()
    companion: Companion | None = None
    by_agent: Variant | None = None
    fallback: Fallback | None = None
    span: bool = False
    """The figure of a period itself, from its start to its end: no column places its rows."""
    grains: tuple[Grain, ...] | None = None
    """Widths of bucket that its series may have; None is any."""
    whole_months: bool = False
    """Known of whole calendar months only."""
    collective: bool = False
    """Never of one person (rule P6)."""
    spread: str | None = None
    """SQL of the seconds whose distribution explains the KPI (how long, how late), NULL on the other rows."""
    reads: Mapping[str, str] = field(default_factory=dict)
    """What its formula reads beside the columns of the dataset, shown with its rows: name -> SQL."""
    minimum: Minimum | None = None
    """Its own minimum of cases, where it differs from rule G16."""
    survey: bool = False
    """Survey rule of display: below 5 answers the figure is suppressed."""
    sources: tuple[str, ...] = field(default=())

    @property
    def needs_period(self) -> bool:
        return self.time is not None or self.span

    @property
    def kind(self) -> str:
        """Name of its kind of measure: count, ratio, mean, quantile, nps, distribution, stock..."""
        return self.measure.kind

    def label(self, lang: Lang) -> str:
        return _set(self.fr) if lang == "fr" else self.en

    def text(self, part: str, lang: Lang) -> str:
        """`part` is meaning, formula, population, placed_by, acronym, edges or uncertainty."""
        text = str(getattr(self, f"{part}_{lang}"))
        return _set(text) if lang == "fr" else text


def _set(text: str) -> str:
    """As French is printed: the catalogue is typed with the apostrophe of keyboards."""
    return text.replace("'", "’")
