"""Charts: valid for Plotly in every theme and language, honest about gaps, small n and hostile labels."""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from itertools import combinations
from typing import Any

import plotly.graph_objects as go
import pytest

from dashboard import charts
from dashboard.charts import Curve, FunnelLimit, FunnelPoint, Group, Line, NpsGroup, Reference, Slot, StateCount
from dashboard.charts._frame import spread_apart, wrap
from dashboard.theme import DARK, LIGHT, SLA_STATES, THEMES, Theme, color_of, contrast, ink_on, ramp, shade
from kpi.model import Figure, Grain, Status, Unit

START = date(2025, 10, 22)
HOSTILE = "<b>50 %</b> %{y} & <script>alert(1)</script>"

Builder = Callable[..., go.Figure]


def figure(value: float | None, n: int = 120, key: Any = None, half: float | None = None) -> Figure:
    status = Status.NO_DATA if n == 0 else Status.INSUFFICIENT if n < 10 else Status.INDICATIVE if n < 30 else Status.OK
    ci = (value - half, value + half) if half is not None and value is not None else None
    return Figure(keys=() if key is None else (key,), value=value, n=n, ci=ci, status=status)


def days(values: Sequence[float | None], half: float | None = None, n: int = 120) -> list[Figure]:
    return [figure(value, n if value is not None else 0, START + timedelta(i), half) for i, value in enumerate(values)]


WAVE = [0.8 + 0.05 * math.sin(i / 3) for i in range(30)]
GAPS: list[float | None] = [None if i in (0, 5, 7, 29) else value for i, value in enumerate(WAVE)]
GROUPS = [
    Group("Téléphone", figure(0.8, 400, half=0.03)),
    Group("E-mail", figure(0.9, 20)),
    Group(HOSTILE, figure(0.5, 4)),
]
LIMITS = [FunnelLimit(n, 0.7 - 1 / n, 0.7 + 1 / n, 0.7 - 2 / n, 0.7 + 2 / n) for n in range(10, 400, 20)]


def trend(**style: Any) -> go.Figure:
    return charts.trend(
        [Line("taux", days(GAPS, 0.04), band=True), Line(HOSTILE, days(WAVE))],
        unit=Unit.RATIO,
        targets=[Reference(0.8, "objectif 80 %")],
        previous=days(WAVE[::-1]),
        previous_label="période préc.",
        **style,
    )


def stacked_area(**style: Any) -> go.Figure:
    layers = [Line("Chat", days([float(i) for i in range(30)])), Line("Autres", days([3.0] * 30))]
    return charts.stacked_area(layers, total=Line("total", days([i + 3.0 for i in range(30)])), **style)


def flow(**style: Any) -> go.Figure:
    line = Line("créées", days([4.0] * 30))
    return charts.flow(line, Line("résolues", days([3.0] * 30)), line, net_label="solde", **style)


def bars(**style: Any) -> go.Figure:
    return charts.bars(GROUPS, unit=Unit.RATIO, targets=[Reference(0.75, "objectif")], **style)


def dot_interval(**style: Any) -> go.Figure:
    return charts.dot_interval(
        GROUPS, unit=Unit.RATIO, reference=Reference(0.75, "équipe"), reference_band=(0.7, 0.8), **style
    )


def diverging(**style: Any) -> go.Figure:
    rows = [NpsGroup("Chat", 20, 60, 120, figure(50.0, 200)), NpsGroup(HOSTILE, 1, 1, 1, figure(0.0, 3))]
    return charts.diverging(rows, class_labels=("détracteurs", "passifs", "promoteurs"), **style)


def funnel(**style: Any) -> go.Figure:
    points = [FunnelPoint("A", figure(0.7, 100)), FunnelPoint("B", figure(0.9, 300), outside=True)]
    return charts.funnel(points, LIMITS, unit=Unit.RATIO, reference=Reference(0.7, "équipe"), n_label="n", **style)


def histogram_log(**style: Any) -> go.Figure:
    return charts.histogram_log([3, 5, 8, 2], count_label="demandes", references=[Reference(400, "médiane")], **style)


def heatmap(**style: Any) -> go.Figure:
    cells = [
        Figure(keys=(d, h), value=d * h, n=h * 3, status=Status.OK if h > 9 else Status.INSUFFICIENT)
        for d in range(1, 6)
        for h in range(8, 19)
    ]
    return charts.heatmap(cells, unit=Unit.SECONDS, **style)


def age_buckets(**style: Any) -> go.Figure:
    return charts.age_buckets([Group(f"classe {i}", figure(9.0 - i)) for i in range(6)], **style)


def states(**style: Any) -> go.Figure:
    return charts.states([StateCount(state, state, i * 7) for i, state in enumerate(SLA_STATES)], **style)


def curves(**style: Any) -> go.Figure:
    lines = [Curve("niveau", [None, 0.5, 0.8, 0.9], "#1F4E79"), Curve(HOSTILE, [0.9, 0.4, 0.1, 0.0], "#9F5C9A")]
    marks = [Reference(8, "il en faut 8"), Reference(9, HOSTILE)]
    return charts.curves(
        [6, 7, 8, 9], lines, unit=Unit.RATIO, x_label="agents", marks=marks, targets=[Reference(0.8, "80 %")], **style
    )


def test_numbers_that_stand_for_times_are_named_on_the_axis_and_in_the_hover() -> None:
    lines = [Curve("needed", [4, 5, 4, 3], "#1F4E79"), Curve("seen", [6, 7, 5, 2], "#9F5C9A")]
    drawn = charts.curves(
        [18, 19, 20, 21], lines, unit=Unit.NUMBER, x_label="half-hour", names=["09:00", "09:30", "10:00", "<b>"],
        theme=LIGHT, lang="en",
    )  # fmt: skip
    assert list(drawn.layout.xaxis.ticktext) == ["09:00", "10:00"]
    assert list(drawn.data[0].customdata) == ["09:00", "09:30", "10:00", "&lt;b&gt;"]
    assert drawn.data[0].hovertemplate.startswith("<b>%{customdata}</b><br>needed")


def day_profile(**style: Any) -> go.Figure:
    slots = [
        Slot(f"{i // 2:02d}:{i % 2 * 30:02d}", i * 3.0, (i * 2.0, i * 0.5), figure(0.7 + i / 200, i)) for i in range(48)
    ]
    return charts.day_profile(
        slots, whole_label="présentés", part_labels=["décrochés", HOSTILE], rate_label="niveau", unit=Unit.RATIO,
        targets=[Reference(0.8, HOSTILE)], **style,
    )  # fmt: skip


BUILDERS: list[Builder] = [
    curves, day_profile,
    trend, stacked_area, flow, bars, dot_interval, diverging, funnel, histogram_log, heatmap, age_buckets, states,
]  # fmt: skip


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
@pytest.mark.parametrize("compact", [False, True])
@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("lang", ["fr", "en"])
def test_every_chart_is_valid_small_and_light(build: Builder, compact: bool, theme: Theme, lang: str) -> None:
    chart = build(theme=theme, lang=lang, compact=compact)
    go.Figure(chart.to_dict())  # Plotly's own validation, which the builders skip.
    assert {trace.type for trace in chart.data} <= {"scatter", "bar", "heatmap"}
    assert len(chart.to_json()) < 16_000
    assert "<script>" not in chart.to_json()
    assert chart.layout.paper_bgcolor == "rgba(0,0,0,0)"


def test_a_chart_handed_twice_to_plotly_is_drawn_once() -> None:
    """Plotly compares neither templates nor arrays: the first must be absent, the others have their revision."""
    revisions = [build(theme=LIGHT, lang="fr", compact=False).layout.datarevision for build in BUILDERS]
    assert None not in revisions
    assert len(set(revisions)) == len(BUILDERS)
    for build in BUILDERS:
        specs = [json.loads(build(theme=LIGHT, lang="fr", compact=False).to_json()) for _ in range(2)]
        assert specs[0] == specs[1]
        assert "template" not in specs[0]["layout"]


@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_every_chart_is_fast(build: Builder) -> None:
    build(theme=LIGHT, lang="fr", compact=False)
    assert _best(lambda: build(theme=LIGHT, lang="fr", compact=False)) < 0.025  # Five times the usual, for CI.


def test_two_years_of_six_lines() -> None:
    lines = [
        Line(f"équipe {i}", days([i + 3600.0 + j for j in range(730)]), color=LIGHT.categories[i]) for i in range(6)
    ]
    chart = charts.trend(lines, unit=Unit.SECONDS, theme=LIGHT, lang="fr")
    assert len(chart.to_json()) < 90_000
    assert _best(lambda: charts.trend(lines, unit=Unit.SECONDS, theme=LIGHT, lang="fr")) < 0.1


def test_nothing_to_draw_is_not_an_error() -> None:
    style: dict[str, Any] = {"theme": LIGHT, "lang": "fr"}
    blank = Line("vide", days([None] * 5))
    for chart in (
        charts.trend([], unit=Unit.RATIO, **style),
        charts.trend([blank], unit=Unit.SECONDS, **style),
        charts.trend([Line("un", days([0.4]), band=True)], unit=Unit.RATIO, **style),
        charts.stacked_area([], **style),
        charts.flow(blank, blank, net_label="solde", **style),
        charts.bars([], unit=Unit.COUNT, **style),
        charts.dot_interval([], unit=Unit.RATIO, **style),
        charts.diverging([], class_labels=("a", "b", "c"), **style),
        charts.funnel([], [], unit=Unit.RATIO, reference=Reference(0.5, "équipe"), n_label="n", **style),
        charts.histogram_log([], count_label="n", **style),
        charts.histogram_log([0, 0], count_label="n", **style),
        charts.heatmap([], unit=Unit.SECONDS, **style),
        charts.age_buckets([], **style),
        charts.states([], **style),
        charts.curves([], [], unit=Unit.RATIO, x_label="agents", **style),
        charts.curves([1], [Curve("niveau", [None], "#1F4E79")], unit=Unit.RATIO, x_label="agents", **style),
        charts.day_profile([], whole_label="", part_labels=[], rate_label="", unit=Unit.RATIO, **style),
    ):
        go.Figure(chart.to_dict())


def test_gaps_stay_gaps_and_lone_points_are_dotted() -> None:
    values: list[float | None] = [0.5, None, 0.6, None, 0.7, 0.8]
    chart = charts.trend([Line("taux", days(values, 0.1), band=True)], unit=Unit.RATIO, theme=LIGHT, lang="fr")
    line, dots = chart.data
    assert list(line.y) == [50.0, None, 60.0, None, 70.0, 80.0]
    assert list(dots.y) == [50.0, 60.0, 80.0]
    assert chart.layout.shapes[0].path.count("Z") == 1  # Only the run of two points has a band.


def test_figures_below_the_minimum_are_not_drawn() -> None:
    points = [figure(0.9, 4, START), figure(0.8, 40, START + timedelta(1))]
    chart = charts.trend([Line("taux", points)], unit=Unit.RATIO, theme=LIGHT, lang="fr")
    assert list(chart.data[0].y) == [None, 80.0]

    hidden = Figure(value=0.99, n=7, status=Status.SUPPRESSED)
    texts = _texts(charts.bars([Group("secret", hidden)], unit=Unit.RATIO, theme=LIGHT, lang="fr"))
    assert "–" in texts
    assert not any("99" in text or "n = 7" in text for text in texts)


def test_bars_are_sorted_and_start_at_zero() -> None:
    chart = bars(theme=LIGHT, lang="fr", compact=False)
    assert list(chart.data[0].x) == [90.0, 80.0, 0]
    assert [custom[1] for custom in chart.data[0].customdata] == [1, 0, 2]  # Positions in the groups given.
    assert chart.layout.xaxis.range[0] == 0


def test_agents_are_in_alphabetical_order() -> None:
    groups = [Group(name, figure(value)) for name, value in (("Zoé", 0.9), ("Ali", 0.5), ("maud", 0.7))]
    chart = charts.dot_interval(groups, unit=Unit.RATIO, theme=LIGHT, lang="fr")
    assert list(chart.data[1].x) == [50.0, 70.0, 90.0]


def test_labels_are_literal() -> None:
    chart = trend(theme=LIGHT, lang="fr", compact=False)
    assert not any("%{y}" in (trace.hovertemplate or "") for trace in chart.data)
    assert any("&lt;b&gt;50" in text for text in _texts(chart))


def test_the_comparison_lies_on_the_current_buckets_and_names_its_own() -> None:
    previous = [figure(0.7, 50, START - timedelta(30 - i)) for i in range(30)]
    chart = charts.trend(
        [Line("taux", days(WAVE))],
        unit=Unit.RATIO, previous=previous, previous_label="avant", theme=LIGHT, lang="fr",
    )  # fmt: skip
    before = chart.data[-1]
    assert before.x0 == chart.data[0].x0 == "mer. 22 oct. 2025"
    assert before.customdata[0] == ["22 sept.", 50]
    assert "n = %{customdata[1]:,}" in before.hovertemplate


def test_time_ticks_are_few_and_in_the_language() -> None:
    def texts(count: int, step: int, grain: Grain) -> list[str]:
        points = [figure(1.0, 50, START + timedelta(i * step)) for i in range(count)]
        chart = charts.trend([Line("n", points)], unit=Unit.COUNT, grain=grain, theme=LIGHT, lang="fr")
        return list(chart.layout.xaxis.ticktext)

    assert texts(30, 1, Grain.DAY) == ["22 oct.", "29 oct.", "5 nov.", "12 nov.", "19 nov."]
    assert texts(730, 1, Grain.DAY) == ["janv. 2026", "juil.", "janv. 2027", "juil."]
    assert len(texts(26, 7, Grain.WEEK)) <= 5


def test_ticks_follow_the_calendar_when_closed_days_are_left_out() -> None:
    open_days = [START + timedelta(i) for i in range(30) if (START + timedelta(i)).weekday() < 5]
    line = Line("n", [figure(1.0, 50, when) for when in open_days])
    chart = charts.trend([line], unit=Unit.COUNT, theme=LIGHT, lang="fr")
    assert list(chart.layout.xaxis.ticktext) == ["22 oct.", "29 oct.", "5 nov.", "12 nov.", "19 nov."]


def test_hours_are_local() -> None:
    points = [figure(0.9, 50, datetime(2025, 11, 20, 6) + timedelta(minutes=30 * i)) for i in range(24)]
    chart = charts.trend([Line("qs", points)], unit=Unit.RATIO, grain=Grain.HALF_HOUR, theme=LIGHT, lang="fr")
    assert chart.data[0].x0 == "jeu. 20 nov. 07:00"
    assert list(chart.layout.xaxis.ticktext) == ["09:00", "12:00", "15:00", "18:00"]


def test_one_extreme_hour_does_not_wash_out_the_heat_map() -> None:
    cells = [Figure(keys=(d, h), value=10.0 + h, n=50, status=Status.OK) for d in range(1, 6) for h in range(8, 18)]
    cells.append(Figure(keys=(6, 9), value=9_000.0, n=50, status=Status.OK))
    chart = charts.heatmap(cells, unit=Unit.COUNT, theme=LIGHT, lang="fr")
    assert chart.data[0].zmax < 100
    assert any("≥" in text for text in _texts(chart))


@pytest.mark.parametrize(
    ("centres", "heights", "room"),
    [
        ([10, 12, 14], [15, 15, 15], 200),
        ([0, 1, 2, 3], [15, 30, 15, 15], 200),
        ([195, 198, 199], [15, 15, 30], 200),
        ([], [], 10),
    ],
)
def test_end_labels_do_not_overlap(centres: list[float], heights: list[float], room: float) -> None:
    placed = spread_apart(centres, heights, room)
    for i in range(1, len(placed)):
        assert placed[i] - placed[i - 1] >= (heights[i] + heights[i - 1]) / 2 - 1e-9
    if placed:
        assert placed[0] - heights[0] / 2 >= -8 - 1e-9
        assert placed[-1] + heights[-1] / 2 <= room + 8 + 1e-9


def test_long_labels_take_two_balanced_lines_then_are_cut() -> None:
    assert wrap("Ventes", 100) == "Ventes"
    assert wrap("Support technique niveau 2", 120) == "Support technique\nniveau 2"
    assert wrap("Anticonstitutionnellement", 60).endswith("…")


def test_the_line_of_a_team_screen_keeps_its_goal_in_sight_and_drops_one_that_would_flatten_it() -> None:
    near = charts.mask_svg([1, 2, 3], 240, 40, goal=2.5)
    assert near.count("<path") == near.count("<polyline") == 1
    assert charts.mask_svg([1, 2, 3], 240, 40, goal=900).count("<path") == 0
    heights = [float(point.split(",")[1]) for point in near.split('points="')[1].split('"')[0].split()]
    assert heights == sorted(heights, reverse=True)
    assert all(0 <= height <= 40 for height in heights)
    assert "nan" not in charts.mask_svg([0, 0, 0], 240, 40, goal=0)


def test_sparkline() -> None:
    svg = charts.sparkline_svg([1, 2, None, 3], LIGHT)
    assert svg.count("<polyline") == 2
    assert 'aria-hidden="true"' in svg
    assert 'preserveAspectRatio="none"' in svg
    assert svg.count('vector-effect="non-scaling-stroke"') == 2
    assert charts.sparkline_svg([None, None], LIGHT) == ""
    assert "nan" not in charts.sparkline_svg([5, 5, 5], DARK)


# Theme


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES.keys())
def test_colours_can_be_seen_and_told_apart(theme: Theme) -> None:
    states = (theme.ok, theme.watch, theme.act)
    assert len(set(theme.categories)) == 8
    assert not set(theme.categories) & {*states, theme.no_data}
    for color in theme.categories:
        assert contrast(color, theme.surface) >= 3
    for ink in (theme.ink_strong, theme.ink, theme.ink_soft, theme.ink_faint):
        assert contrast(ink, theme.surface) >= 4.5
        assert contrast(ink, theme.page) >= 4.5
    for color in (*theme.categories, *(shade(theme, i / 50) for i in range(51))):
        assert contrast(ink_on(color, theme), color) >= 4.5
    for sight in _SIGHTS.values():
        seen = [_oklab(color, sight) for color in theme.categories]
        assert min(math.dist(a, b) for a, b in combinations(seen, 2)) > 0.07  # Okabe and Ito's own: 0.076.


def test_a_value_keeps_its_colour() -> None:
    teams = ["t3", "t1", "t2"]
    assert (
        color_of("team_id", "t1", LIGHT, teams)
        == color_of("team_id", "t1", LIGHT, sorted(teams))
        == LIGHT.categories[0]
    )
    assert color_of("channel", "phone", LIGHT) == LIGHT.categories[0]
    assert color_of("channel", "phone", LIGHT, ["chat", "phone"]) == LIGHT.categories[0]
    assert color_of("channel", "other", DARK) == color_of("team_id", None, DARK, teams) == DARK.others
    assert color_of("team_id", "t9", LIGHT, [f"t{i}" for i in range(12)]) == LIGHT.others
    assert [color_of("priority", p, LIGHT) for p in ("low", "normal", "high", "urgent")] == list(ramp(LIGHT, 4))
    assert len({color_of("sla_state", state, LIGHT) for state in SLA_STATES}) == 6


_SIGHTS = {
    "usual": ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)),
    "protanopia": ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
    "deuteranopia": ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.01182, 0.04294, 0.968881)),
    "tritanopia": ((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.3039)),
}
"""Machado, Oliveira and Fernandes (2009), severity 1, on linear RGB."""
_LMS = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_LAB = (
    (0.2104542553, 0.793617785, -0.0040720468),
    (1.9779984951, -2.428592205, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.808675766),
)

Matrix = Sequence[Sequence[float]]


def _oklab(color: str, sight: Matrix) -> list[float]:
    srgb = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in srgb]
    seen = [min(max(c, 0.0), 1.0) for c in _times(sight, linear)]
    return _times(_LAB, [c ** (1 / 3) for c in _times(_LMS, seen)])


def _times(matrix: Matrix, vector: Sequence[float]) -> list[float]:
    return [sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix]


def _texts(chart: go.Figure) -> list[str]:
    return [annotation["text"] for annotation in json.loads(chart.to_json())["layout"].get("annotations", [])]


def _best(run: Callable[[], object], times: int = 5) -> float:
    durations = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        durations.append(time.perf_counter() - start)
    return min(durations)


def test_parts_of_a_half_hour_stand_on_each_other_and_a_rate_of_few_is_a_gap() -> None:
    few = [Slot("08:00", 12, (6, 3), figure(0.5, 4)), Slot("08:30", 40, (30, 4), figure(0.8, 40))]
    chart = charts.day_profile(
        few, whole_label="a", part_labels=["b", "c"], rate_label="d", unit=Unit.RATIO, theme=LIGHT, lang="en"
    )
    offered, answered, abandoned, rate = chart.data
    assert list(offered.y) == [12, 40]
    assert [list(answered.base), list(abandoned.base)] == [[0, 0], [6, 30]]
    assert list(rate.y) == [None, 80.0]


def test_what_cannot_be_computed_is_a_gap_of_the_curve_not_zero() -> None:
    chart = curves(theme=LIGHT, lang="en")
    assert list(chart.data[0].y) == [None, 50.0, 80.0, 90.0]
    assert chart.layout.yaxis.range[0] <= 0


@pytest.mark.parametrize("compact", [False, True])
def test_a_target_says_its_source_where_it_is_pointed_at(compact: bool) -> None:
    goal = charts.Reference(14_400, "target 4 h", "house <b>default</b>")
    points = [Figure((date(2026, 11, day),), 9_000.0 + day, 50, status=Status.OK) for day in range(1, 9)]
    line = charts.Line("median", points)
    drawn = charts.trend([line], unit=Unit.SECONDS, theme=LIGHT, lang="en", targets=[goal], compact=compact)
    said = [note.hovertext for note in drawn.layout.annotations if note.text and "4 h" in note.text]
    assert said == ["house &lt;b&gt;default&lt;/b&gt;"]
