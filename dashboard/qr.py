"""An address as a picture that a phone reads."""

from __future__ import annotations

from functools import lru_cache
from urllib.parse import urlsplit

import segno

_LOCAL = ("localhost", "127.0.0.1", "::1", "")


@lru_cache(maxsize=256)
def picture(url: str) -> str:
    """The QR code of an address as a `data:` URI, black on white with its quiet zone."""
    return segno.make(url, micro=False).svg_data_uri(scale=4, border=2, dark="#000", light="#fff", nl=False)


def reachable(url: str) -> bool:
    """Whether a phone can open it: an address of this machine alone leads nowhere from there."""
    return (urlsplit(url).hostname or "") not in _LOCAL
