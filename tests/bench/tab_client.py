"""A browser tab as the server knows it: Streamlit's WebSocket protocol as its front end speaks it, without the drawing.

Like the front end it asks for a first run with the address, remembers which page it is on and what its widgets hold,
starts the timers that the server announces (`AutoRerun`) and asks for a fragment at each, keeps large messages to be
referred to by their hash, and connects anew when the connection is lost.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from random import Random
from time import monotonic
from urllib.parse import urlsplit

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.Delta_pb2 import Delta
from streamlit.proto.Element_pb2 import Element
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException
from websockets.typing import Origin, Subprotocol

CONNECTING_S = 60
RETRY_S = 4
"""After a lost connection; the front end waits about as long."""
JITTER = 0.05
"""Share of a timer's interval: timers of real screens drift apart."""
PROTOCOLS = ("streamlit", "PLACEHOLDER_AUTH_TOKEN")


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the script for a tab, from what was asked to "script finished". Moments are of `time.monotonic`."""

    fragment: bool
    asked_at: float | None
    """None: the server ran by itself."""
    ended_at: float
    messages: int
    bytes: int
    """Of the messages, before compression."""
    deltas: int
    changed: Counter[str]
    """What the tab has to draw again, by kind: elements with another content than before at their place."""

    @property
    def seconds(self) -> float:
        return self.ended_at - self.asked_at if self.asked_at is not None else 0.0


class Tab:
    """One tab on one address, on this machine only. `runs` and `failures` grow while it `live`s."""

    def __init__(self, url: str, random: Random, every_s: float | None = None) -> None:
        """`every_s` replaces the intervals that the server announces."""
        parts = urlsplit(url)
        if parts.hostname != "localhost":
            raise ValueError(f"Only this machine's own server is driven, not {parts.hostname}.")
        self.random = random
        self.runs: list[Run] = []
        self.failures: list[str] = []
        self.announced_s: dict[str, float] = {}
        self._url, self._every_s = url, every_s
        self._stream = f"ws://{parts.netloc}/_stcore/stream"
        self._origin = f"{parts.scheme}://{parts.netloc}"
        self._socket: ClientConnection | None = None
        self._forget()

    def _forget(self) -> None:
        """As a page just opened."""
        parts = urlsplit(self._url)
        self._query, self._page_name, self._page_hash = parts.query, parts.path.strip("/"), ""
        self._asked: dict[str, float] = {}
        self._timers: dict[str, asyncio.Task[None]] = {}
        self._drawn: dict[tuple[int, ...], str] = {}
        self._kept: dict[str, tuple[Delta, int]] = {}
        self._kept_for = 2
        self._runs = 0
        self._states: dict[str, WidgetState] = {}
        self._begin_count()

    def _begin_count(self) -> None:
        self._messages = self._bytes = self._deltas = 0
        self._changed: Counter[str] = Counter()

    # Living

    async def live(self, after_s: float = 0) -> None:
        """Opens after a while and stays, until cancelled."""
        await asyncio.sleep(after_s)
        while True:
            try:
                await self._connected()
                self.failures.append("closed by the server")
            except (OSError, TimeoutError, WebSocketException) as error:
                self.failures.append(f"{type(error).__name__}: {error}")
            await asyncio.sleep(RETRY_S)
            self._forget()

    async def _connected(self) -> None:
        socket = connect(
            self._stream,
            origin=Origin(self._origin),
            subprotocols=[Subprotocol(name) for name in PROTOCOLS],
            open_timeout=CONNECTING_S,
            ping_interval=None,  # browsers answer pings and send none
            max_size=None,
            proxy=None,
        )
        try:
            async with socket as self._socket:
                await self.ask()
                async for message in self._socket:
                    self._hear(message if isinstance(message, bytes) else message.encode())
        finally:
            self._socket = None
            self._stop_timers()

    def unanswered(self, older_than_s: float = 30) -> int:
        """Runs asked for that long ago and not finished."""
        return sum(monotonic() - asked > older_than_s for asked in self._asked.values())

    # Asking

    async def ask(self, fragment: str = "", *, page_hash: str = "", query: str | None = None) -> None:
        """Asks for a run: of the page it is on, of another one, or of a fragment by its timer."""
        if self._socket is None:
            return
        message = BackMsg()
        state = message.rerun_script
        if query is not None:
            self._query = query
        self._page_hash = page_hash or self._page_hash
        state.query_string = self._query
        state.page_script_hash = self._page_hash
        state.page_name = "" if self._page_hash else self._page_name
        state.widget_states.widgets.extend(self._states.values())
        state.cached_message_hashes.extend(self._kept)
        state.fragment_id, state.is_auto_rerun = fragment, bool(fragment)
        context = state.context_info
        context.timezone, context.timezone_offset, context.locale = "Europe/Paris", -60, "fr-FR"
        context.url, context.color_scheme = self._url, "light"
        if not fragment:
            self._asked.clear()
        self._asked.setdefault(fragment, monotonic())
        await self._socket.send(message.SerializeToString())

    def hold(self, state: WidgetState) -> None:
        """What a widget holds from now on."""
        self._states[state.id] = state

    async def _every(self, fragment: str, interval_s: float) -> None:
        while True:
            await asyncio.sleep(interval_s * (1 + self.random.uniform(-JITTER, JITTER)))
            await self.ask(fragment)

    def _start_timer(self, fragment: str, interval_s: float) -> None:
        if fragment in self._timers and self.announced_s.get(fragment) == interval_s:
            return
        self._stop_timers(fragment)
        self.announced_s[fragment] = interval_s
        self._timers[fragment] = asyncio.create_task(self._quietly(fragment, self._every_s or interval_s))

    async def _quietly(self, fragment: str, interval_s: float) -> None:
        """A lost connection is noted where it is read."""
        with suppress(WebSocketException):
            await self._every(fragment, interval_s)

    def _stop_timers(self, *fragments: str) -> None:
        for fragment in fragments or tuple(self._timers):
            timer = self._timers.pop(fragment, None)
            if timer is not None:
                timer.cancel()

    # Hearing

    def _hear(self, data: bytes) -> None:
        message = ForwardMsg.FromString(data)
        self._messages += 1
        self._bytes += len(data)
        match message.WhichOneof("type"):
            case "new_session":
                self._kept_for = message.new_session.config.max_cached_message_age or self._kept_for
                if not message.metadata.run.fragment_ids:
                    self._stop_timers()
                    self._asked = {key: asked for key, asked in self._asked.items() if not key}
                    self._page_hash = message.new_session.page_script_hash
            case "navigation":
                self._page_hash = message.navigation.page_script_hash
            case "page_info_changed":
                self._query = message.page_info_changed.query_string
            case "auto_rerun":
                self._start_timer(message.auto_rerun.fragment_id, message.auto_rerun.interval)
            case "stop_auto_rerun":
                self._stop_timers(*message.stop_auto_rerun.fragment_ids)
            case "delta" | "ref_hash":
                self._draw(message)
            case "script_finished":
                self._finish(message)
            case "session_event" if message.session_event.HasField("script_compilation_exception"):
                self.failures.append("the script does not compile")

    def _draw(self, message: ForwardMsg) -> None:
        name = message.ref_hash or message.hash
        if message.WhichOneof("type") == "ref_hash":
            if name not in self._kept:
                self.failures.append("the server refers to a message that is not kept")
                return
            delta = self._kept[name][0]
        else:
            delta = message.delta
        if message.metadata.cacheable or name in self._kept:
            self._kept[name] = delta, self._runs
        self._deltas += 1
        place = tuple(message.metadata.delta_path)
        if self._drawn.get(place) == name:
            return
        self._drawn[place] = name
        if delta.WhichOneof("type") == "new_element":
            self._changed[self.changed(delta.new_element)] += 1
        else:
            self._changed["block"] += 1

    def changed(self, element: Element) -> str:
        """Notes an element that is not as it was, and gives its kind."""
        kind = element.WhichOneof("type") or ""
        if kind == "exception":
            self.failures.append(f"an exception is shown: {element.exception.type}")
        return kind

    def _finish(self, message: ForwardMsg) -> None:
        fragments = list(message.metadata.run.fragment_ids)
        if message.script_finished == ForwardMsg.FINISHED_EARLY_FOR_RERUN:
            for fragment in fragments:
                self._asked.pop(fragment, None)
            return
        asked = [self._asked.pop(fragment, None) for fragment in fragments or [""]]
        known = [moment for moment in asked if moment is not None]
        self.runs.append(
            Run(
                bool(fragments),
                min(known, default=None),
                monotonic(),
                self._messages,
                self._bytes,
                self._deltas,
                self._changed,
            )
        )
        self._begin_count()
        self._let_go(fragments)

    def _let_go(self, fragments: list[str]) -> None:
        """Large messages that the last runs have not used are no longer kept."""
        self._runs += 1
        self._kept = {
            name: (delta, used)
            for name, (delta, used) in self._kept.items()
            if self._runs - used <= self._kept_for or (fragments and delta.fragment_id not in fragments)
        }
