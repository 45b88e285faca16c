"""The dashboard as an ASGI application: Streamlit, plus its page completed, compression and security headers.

uvicorn dashboard.asgi:app        # behind a reverse proxy
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import streamlit as st
from starlette.datastructures import MutableHeaders
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from dashboard import views
from dashboard.memory import sparing
from dashboard.shell import Shell

_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "same-origin",
}


class SecurityHeaders:
    """Adds the headers that Streamlit leaves to its host."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(_HEADERS)
            await send(message)

        await self._app(scope, receive, with_headers if scope["type"] == "http" else send)


# The heavy imports (Plotly, SciPy) before the first reader comes, not on their time.
for heavy in ("dashboard.views.overview", "scipy.stats"):
    import_module(heavy)

app = st.App(
    Path(__file__).with_name("app.py"),
    lifespan=sparing,
    # Streamlit sends its 9.5 MB of static files as they are; compressed they are 3 MB.
    middleware=[
        Middleware(GZipMiddleware, minimum_size=1024),
        Middleware(SecurityHeaders),
        Middleware(Shell, views=[module.name for module in iter_modules(views.__path__)]),
    ],
)
