"""The look as data: inks, surfaces, states, categories and one Plotly template, in light and in dark.

State colours say ok, watch or act, always with a shape and a word; no category ever wears one. Category
colours keep a fixed order, so that a channel or a team has the same colour on every page.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Any, Literal

from kpi.datasets.model import AGE_BUCKETS

ThemeName = Literal["light", "dark"]
State = Literal["ok", "watch", "act", "no_data"]

FONT = "Inter, system-ui, -apple-system, Segoe UI, sans-serif"


@dataclass(frozen=True, slots=True)
class Theme:
    """Every colour of one theme, as #RRGGBB."""

    name: ThemeName
    page: str
    surface: str
    tint: str
    """Behind what is chosen in a menu."""
    hairline: str
    ink_strong: str
    ink: str
    ink_soft: str
    ink_faint: str
    series: str
    """The KPI."""
    partner: str
    """Its quiet partner: the 90th centile beside the median."""
    previous: str
    """The comparison period."""
    ok: str
    watch: str
    act: str
    no_data: str
    categories: tuple[str, ...]
    """Eight, distinct under the three colour blindnesses and from the states; at least 3:1 on the surface."""
    others: str
    scale: tuple[str, ...]
    """One hue from almost nothing to the most, for ordered classes."""
    heat: tuple[str, ...]
    """The same hue for the cells of heat maps: one ink reads on all of them, at 5:1 or more."""

    def state(self, state: State) -> str:
        """The colour of a state."""
        colour: str = getattr(self, state)
        return colour


LIGHT = Theme(
    name="light",
    page="#F6F8FA",
    surface="#FFFFFF",
    tint="#E4EEF7",
    hairline="#E6EBF1",
    ink_strong="#0F1E2E",
    ink="#33475B",
    ink_soft="#5A6B7D",
    ink_faint="#5F6F83",
    series="#1F4E79",
    partner="#7A9CC0",
    previous="#B6C2CF",
    ok="#0F7B8A",
    watch="#E3A008",
    act="#C2410C",
    no_data="#94A3B8",
    categories=("#1F4E79", "#9A961A", "#9F5C9A", "#147D42", "#885CE8", "#6F92DF", "#70351F", "#D37A90"),
    others="#94A3B8",
    scale=("#EDF3F9", "#D3E1EF", "#AFC8E0", "#86A9CC", "#5C88B5", "#38689A", "#1F4E79"),
    heat=("#F1F6FA", "#DEE9F3", "#CADBEB", "#B4CCE3", "#9DBCDA", "#85ABD1", "#6C9AC8"),
)

DARK = Theme(
    name="dark",
    page="#0B1622",
    surface="#13222F",
    tint="#1A2F42",
    hairline="#22374A",
    ink_strong="#F1F6FB",
    ink="#C9D7E4",
    ink_soft="#9FB3C8",
    ink_faint="#7F95AB",
    series="#6FB1E8",
    partner="#3F6F9C",
    previous="#4A6076",
    ok="#3FB6C6",
    watch="#F2B632",
    act="#FF7A45",
    no_data="#8091A5",
    categories=("#6FB1E8", "#B4BB6D", "#C26EC1", "#67A77D", "#9074FC", "#CBC7E6", "#89813C", "#F9C1B4"),
    others="#8091A5",
    scale=("#1A2F42", "#213F59", "#2A5274", "#356892", "#4580B0", "#5999CD", "#7DBDF2"),
    heat=("#182B3C", "#1C3549", "#213F58", "#264A67", "#2B5577", "#306087", "#356B97"),
)

THEMES: Mapping[str, Theme] = MappingProxyType({"light": LIGHT, "dark": DARK})


@dataclass(frozen=True, slots=True)
class Mark:
    """The shape of a state, so that it never rests on colour alone."""

    shape: Literal["circle", "triangle", "octagon", "dash"]
    glyph: str
    plotly_symbol: str


MARKS: Mapping[State, Mark] = MappingProxyType(
    {
        "ok": Mark("circle", "✓", "circle"),
        "watch": Mark("triangle", "!", "triangle-up"),
        "act": Mark("octagon", "×", "octagon"),
        "no_data": Mark("dash", "–", "line-ew"),
    }
)


# Dimension values


_CHANNELS = (
    "phone", "email", "chat", "web_form", "whatsapp", "facebook", "click_to_talk", "x_twitter",
    "instagram", "sms", "post", "marketplace", "visit", "other",
)  # fmt: skip
"""By how often a contact centre meets them: the first eight have a colour of their own."""

_WEARS = {"edi": "chat", "portal": "web_form", "fax": "whatsapp", "sales_rep": "facebook"}
"""Channels of the order desk, which wear the colour of one that it never meets."""

_ENUMERATIONS: Mapping[str, tuple[str, ...]] = {
    "channel": _CHANNELS,
    "ticket_type": ("question", "request", "incident", "complaint", "other"),
    "status": ("new", "open", "pending", "on_hold", "solved", "closed"),
    "outcome": ("answered", "abandoned", "overflow", "callback", "voicemail", "dissuaded", "selfcare", "bot"),
    "direction": ("inbound", "outbound"),
    "repeat_reason": ("not_considered", "unclear_answer", "wrong_department", "new_question", "other"),
    "survey_type": ("nps", "csat", "ces", "servqual", "fcr"),
    "dimension": ("responsiveness", "reliability", "assurance", "tangibles", "empathy"),
    "component": ("perception", "expectation"),
    "tool": ("faq", "help_centre", "customer_space", "forum", "chatbot", "ivr"),
    "decision": ("approved", "rejected", "cancelled"),
    "metric": ("first_response", "resolution", "order_processing"),
    "trend": ("continuing", "new", "stopped"),
    "in_hours": ("True", "False"),
    "touchless": ("True", "False"),
    "corpus": ("comments", "transcripts"),
    "initiated_by": ("customer", "agent", "system"),
}
ORDINAL: Mapping[str, tuple[str, ...]] = {
    "priority": ("low", "normal", "high", "urgent"),
    "age_bucket": AGE_BUCKETS,
    "weekday": ("1", "2", "3", "4", "5", "6", "7"),
}
"""Dimensions whose values go from little to much: shown in this order, in tones of one colour."""
FIXED = (*_ENUMERATIONS, *ORDINAL, "sla_state", "nps_class", "score_group")
"""Dimensions whose values have an order, and so colours, of their own."""
SLA_STATES = ("achieved", "on_track", "at_risk", "paused", "breached_open", "breached")
NPS_CLASSES = ("detractor", "passive", "promoter")


def color_of(dimension: str, value: object, theme: Theme, existing: Sequence[object] = ()) -> str:
    """The colour of one value of a dimension, the same on every page.

    Known enumerations have a fixed order; ordered ones (priority, age) a ramp of one hue; any other
    dimension (team_id, site...) takes the sorted order of its `existing` values: pass all that exist, not
    those on the page. The ninth value and after, and the empty value, are "others".
    """
    name = "" if value is None else str(value)
    if dimension == "sla_state":
        return _sla_colors(theme).get(name, theme.others)
    if dimension in ("nps_class", "score_group"):
        return _score_colors(theme).get(name, theme.others)
    if dimension in ORDINAL:
        return _ordinal_color(ORDINAL[dimension], name, theme)
    name = _WEARS.get(name, name) if dimension == "channel" else name
    order = _ENUMERATIONS.get(dimension) or tuple(sorted(str(v) for v in existing if v is not None))
    rank = order.index(name) if name in order else len(theme.categories)
    return theme.categories[rank] if rank < len(theme.categories) and name != "other" else theme.others


def ramp(theme: Theme, steps: int) -> tuple[str, ...]:
    """`steps` colours of one hue, from light to strong; the two palest of the scale are too pale for a bar."""
    visible = theme.scale[2:]
    if steps == 1:
        return visible[-1:]
    last = len(visible) - 1
    return tuple(_between(visible, i * last / (steps - 1)) for i in range(steps))


def shade(theme: Theme, position: float) -> str:
    """The colour of the heat scale at a position from 0 to 1."""
    return _between(theme.heat, min(max(position, 0.0), 1.0) * (len(theme.heat) - 1))


def alpha(color: str, opacity: float) -> str:
    """#RRGGBB with an opacity, as rgba()."""
    red, green, blue = _rgb(color)
    return f"rgba({red},{green},{blue},{opacity:g})"


def mix(color: str, background: str, share: float) -> str:
    """`share` of the colour laid over the background, opaque."""
    pairs = zip(_rgb(color), _rgb(background), strict=True)
    return "#" + "".join(f"{round(a * share + b * (1 - share)):02X}" for a, b in pairs)


def contrast(color: str, background: str) -> float:
    """WCAG contrast ratio of two colours, 1 to 21."""
    dark, light = sorted((_luminance(color), _luminance(background)))
    return (light + 0.05) / (dark + 0.05)


def ink_on(background: str, theme: Theme) -> str:
    """An ink that reads at 4.5:1 on any fill: the theme's own, dark or light, else black or white."""
    own = sorted((theme.ink_strong, theme.page), key=lambda ink: -contrast(ink, background))
    return next(ink for ink in (*own, "#000000", "#FFFFFF") if contrast(ink, background) >= 4.5)


# Plotly


@cache
def base_layout(theme: Theme) -> dict[str, Any]:
    """What every Plotly layout of a theme starts from: hairline horizontal grid, no frame, one hover box.

    Shared: read it, never change it.
    """
    axis = {
        "automargin": False,
        "fixedrange": True,
        "linecolor": theme.hairline,
        "showline": False,
        "tickcolor": theme.hairline,
        "tickfont": {"color": theme.ink_soft, "size": 11.5},
        "ticks": "",
        "zeroline": False,
    }
    return {
        "autosize": True,
        "colorway": list(theme.categories),
        "dragmode": False,
        "font": {"color": theme.ink, "family": FONT, "size": 12},
        "hoverlabel": {
            "align": "left",
            "bgcolor": theme.surface,
            "bordercolor": theme.hairline,
            "font": {"color": theme.ink, "family": FONT, "size": 12},
            "namelength": -1,
        },
        "hovermode": "closest",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "showlegend": False,
        "xaxis": {**axis, "showgrid": False},
        "yaxis": {**axis, "gridcolor": theme.hairline, "gridwidth": 1, "showgrid": True},
    }


# Inside


def _sla_colors(theme: Theme) -> dict[str, str]:
    return {
        "achieved": theme.ok,
        "on_track": mix(theme.ok, theme.surface, 0.5),
        "at_risk": theme.watch,
        "paused": theme.no_data,
        "breached_open": mix(theme.act, theme.surface, 0.6),
        "breached": theme.act,
    }


def _score_colors(theme: Theme) -> dict[str, str]:
    """What is good for the customer, what is neither, what is bad."""
    good, bad = theme.series, theme.categories[2]
    return {
        "promoter": good, "satisfied": good, "low_effort": good, "solved": good,
        "passive": theme.previous,
        "detractor": bad, "not_satisfied": bad, "high_effort": bad, "not_solved": bad,
    }  # fmt: skip


def _ordinal_color(order: tuple[str, ...], name: str, theme: Theme) -> str:
    return ramp(theme, len(order))[order.index(name)] if name in order else theme.others


def _between(colors: Sequence[str], position: float) -> str:
    low = min(int(position), len(colors) - 2)
    return mix(colors[low + 1], colors[low], position - low)


@cache
def _rgb(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def _luminance(color: str) -> float:
    channels = (c / 255 for c in _rgb(color))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(weight * c for weight, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))
