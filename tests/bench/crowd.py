"""Who is in front of the dashboard under load: televisions that refresh by themselves, managers who look around."""

from __future__ import annotations

import asyncio
import re
from dataclasses import dataclass
from random import Random
from time import monotonic

from streamlit.proto.Element_pb2 import Element
from streamlit.proto.MultiSelect_pb2 import MultiSelect
from streamlit.proto.PageLink_pb2 import PageLink
from streamlit.proto.Selectbox_pb2 import Selectbox
from streamlit.proto.WidgetStates_pb2 import WidgetState

from tests.bench.tab_client import Tab

_UNTIL = re.compile(r'<span class="w-until">(.*?)</span>', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Imported:
    """When an import began, and when its data were in place. Moments are of `time.monotonic`."""

    began_at: float
    placed_at: float


class TeamScreen(Tab):
    """A television."""

    def __init__(self, url: str, random: Random, every_s: float | None) -> None:
        super().__init__(url, random, every_s)
        self.shown: list[tuple[float, str]] = []
        """When "data until" has changed, and what it says."""

    def changed(self, element: Element) -> str:
        body = element.html.body
        if 'class="w-beat"' in body:
            return "beat"
        said = _UNTIL.search(body)
        if said is None:
            return super().changed(element)
        if not self.shown or self.shown[-1][1] != said[1]:
            self.shown.append((monotonic(), said[1]))
        return "picture"

    def shows_at(self, imported: Imported) -> float:
        """The moment at which it shows an import; infinite when it does not."""
        return next((at for at, _ in self.shown[1:] if at >= imported.began_at), float("inf"))

    def refreshes_until(self, imported: Imported) -> float:
        """The refreshes that it takes to show an import; infinite when it does not."""
        seen = self.shows_at(imported)
        asked = (run.asked_at for run in self.runs if run.asked_at is not None)
        return seen if seen == float("inf") else sum(imported.placed_at < moment <= seen for moment in asked)


class Manager(Tab):
    """Somebody who looks around: a page, a filter, a period, with time to think."""

    def __init__(self, url: str, random: Random) -> None:
        super().__init__(url, random)
        self._links: dict[str, PageLink] = {}
        self._lists: dict[str, Selectbox | MultiSelect] = {}

    def changed(self, element: Element) -> str:
        kind = super().changed(element)
        if kind == "page_link" and not element.page_link.external:
            self._links[element.page_link.page_script_hash] = element.page_link
        elif kind == "multiselect" and element.multiselect.id.endswith(("-f_channel", "-f_team_id")):
            self._lists[element.multiselect.id] = element.multiselect
        elif kind == "selectbox" and element.selectbox.id.endswith("-f_period"):
            self._lists[element.selectbox.id] = element.selectbox
        return kind

    async def browse(self, after_s: float, think_s: float) -> None:
        """Until cancelled."""
        living = asyncio.create_task(self.live(after_s))
        try:
            await asyncio.sleep(after_s)
            while True:
                await asyncio.sleep(think_s * self.random.uniform(0.5, 1.5))
                await self._act()
        finally:
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)

    async def _act(self) -> None:
        if not self._links:
            return
        if not self._lists or self.random.random() < 0.5:
            link = self.random.choice(list(self._links.values()))
            await self.ask(page_hash=link.page_script_hash, query=link.query_string)
            return
        self.hold(_chosen(self.random.choice(list(self._lists.values())), self.random))
        await self.ask()


def _chosen(widget: Selectbox | MultiSelect, random: Random) -> WidgetState:
    """Another period, but that of one's own dates; up to two values of a list, none: all of them."""
    state = WidgetState(id=widget.id)
    if isinstance(widget, Selectbox):
        state.string_value = random.choice(widget.options[:-1] or widget.options)
    else:
        state.string_array_value.data.extend(random.sample(list(widget.options), random.randint(0, 2)))
    return state
