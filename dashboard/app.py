"""The frame: navigation, filters, chips, and the page inside. Streamlit runs it on every interaction."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from zoneinfo import ZoneInfo

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from dashboard import cache, chips, clicks, keeping, page, reconciled, sidebar, words
from dashboard.filters import Scope, scope_of
from dashboard.i18n import _, use
from dashboard.periods import to_local
from dashboard.shell import LOST
from kpi.errors import EngineError

STATIC = Path(__file__).parent / "static"
FOLLOWED_S = 5
"""How often an open page asks whether the data have changed."""
WITHOUT_DATA = ("imports", "definitions", "wallboard")
BARE = "wallboard"
"""The view that stands alone on its screen: no menu, no filters, no footer."""
UNFILTERED = "imports"
"""The view that shows the same whatever is selected."""
ICONS = {
    "overview": "visibility",
    "first_response": "reply",
    "resolution": "task_alt",
    "backlog": "stacks",
    "sla": "timer",
    "calls": "call",
    "self_service": "travel_explore",
    "orders": "package_2",
    "satisfaction": "sentiment_satisfied",
    "verbatims": "format_quote",
    "agents": "groups",
    "team_time": "schedule",
    "imports": "upload_file",
    "explore": "query_stats",
    "targets": "flag",
    "definitions": "menu_book",
    "boards": "tv",
    "data_quality": "fact_check",
}
"""View -> its Material symbol."""


def groups() -> dict[str, dict[str, str]]:
    """The navigation: question -> view -> title. A view is `dashboard/views/<view>.py` with `render(scope)`."""
    return {
        _("Response and load"): {
            "overview": _("Overview"),
            "first_response": _("First response"),
            "resolution": _("Resolution"),
            "backlog": _("Backlog"),
            "sla": _("SLA"),
            "calls": _("Calls"),
            "self_service": _("Self-service"),
            "orders": _("Orders and disputes"),
        },
        _("Customers"): {"satisfaction": _("Satisfaction"), "verbatims": _("Verbatims")},
        _("Teams"): {"agents": _("Agents"), "team_time": _("Team time and costs")},
        _("Data"): {
            "imports": _("Import"),
            "explore": _("Explore"),
            "targets": _("Targets"),
            "definitions": _("Definitions"),
            "boards": _("Team screens"),
            "data_quality": _("Data quality"),
        },
    }


class Frame:
    """One run: the pages by view, and the scope that the filters give them (None when there is no data)."""

    def __init__(self) -> None:
        self.scope: Scope | None = None
        self.titles = {view: title for views in groups().values() for view, title in views.items()}
        self.pages = {view: self._page(view) for view in self.titles}
        self.bare = st.Page(lambda: self._draw(BARE), title=_("Team screen"), url_path=BARE)

    def _page(self, view: str) -> st.Page:
        return st.Page(lambda: self._draw(view), title=self.titles[view], url_path=view, default=view == "overview")

    def _draw(self, view: str) -> None:
        if self.scope is None and view not in WITHOUT_DATA:
            self._invite()
            return
        import_module(f"dashboard.views.{view}").render(self.scope)
        if self.scope is not None:
            if drawn := keeping.drawn():
                reconciled.offer(self.scope, drawn)
            page.footer(self.scope)

    def _invite(self) -> None:
        box = page.empty(
            _("No data yet"),
            _("Vigie reads the exports of the tools you already have. Nothing leaves this machine."),
            key="no-data",
        )
        box.page_link(self.pages["imports"], label=_("Import your exports"), icon=":material/upload_file:")
        box.caption(_("Or load them from a terminal:"))
        box.code("vigie import tickets.csv calls.csv surveys.csv", language="bash")
        box.caption(_("Or look around in the demo contact centre:"))
        box.code("vigie demo", language="bash")

    def menu(self, box: DeltaGenerator, address: Mapping[str, list[str]]) -> None:
        """Links that carry the filters, so that a page opened in another tab shows the same selection."""
        with box:
            for group, views in groups().items():
                st.html(f'<h2 class="v-side">{words.html(group)}</h2>')
                for view, title in views.items():
                    icon = f":material/{ICONS[view]}:"
                    st.page_link(self.pages[view], label=title, query_params=address, icon=icon)


def main() -> None:
    """One run of the frame and of the page in it."""
    st.set_page_config("Vigie", page_icon=str(STATIC / "mark.svg"), layout="wide", initial_sidebar_state=244)
    keeping.new_run()
    clicks.begin()
    use(sidebar.speak())
    frame = Frame()
    current = st.navigation([*frame.pages.values(), frame.bare], position="hidden")
    if current.url_path == BARE:
        current.run()
        return
    page.style()
    st.logo(str(STATIC / "logo.svg"), size="large", icon_image=str(STATIC / "mark.svg"))
    menu = st.sidebar.container(key="menu", gap=None)
    page.guarded(lambda: _filters(frame, menu, filtered=current.url_path != UNFILTERED))
    page.guarded(current.run)
    _follow(_version())


@st.fragment(run_every=FOLLOWED_S)
def _follow(shown: str) -> None:
    """Draws the page anew when an import, from wherever, has changed the data that it shows."""
    if _version() != shown:
        st.rerun()


def _version() -> str:
    """Of the data; empty without any."""
    try:
        return cache.engine().version()
    except EngineError:
        return ""


def _filters(frame: Frame, menu: DeltaGenerator, *, filtered: bool) -> None:
    """Filters, chips and menu; the scope stays None when there is nothing to filter. Without `filtered` no chip says
    what the page does not follow."""
    if not _has_data():
        frame.menu(menu, sidebar.language_only())
        chips.line(None)
        _say_if_lost()
        return
    engine = cache.engine()
    until, zone = engine.data_until(), engine.timezone()
    choice, ignored = sidebar.choose(cache.domains(), to_local(until, ZoneInfo(zone)).date())
    frame.scope = scope_of(
        choice,
        data_until=until,
        first_instant=engine.first_instant(),
        timezone=zone,
        targets=cache.targets(),
    )
    address = sidebar.address_of(choice)
    page.remember(frame.pages, address)
    frame.menu(menu, address)
    chips.line(frame.scope if filtered else None)
    _say_if_lost()
    page.ignored(ignored)


def _say_if_lost() -> None:
    """The address named a page that does not exist: the shell has led here."""
    lost = st.query_params.pop(LOST, None)
    if lost is not None:
        text = _("There is no page “{name}”: here is the overview.")
        page.notice(text.format(name=words.html(lost)), "warning")


def _has_data() -> bool:
    try:
        return bool(cache.engine().tables())
    except EngineError:
        return False


main()
