"""What must not enter the store: identities become pseudonyms, and contact details leave free text.

The key of the pseudonyms is a file beside the store, never in it: without it nobody can tell whose they are.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from data.reading import quote

NAMES = ("display_name",)
"""Columns that name people: stored only when somebody asks for it."""
IDENTITIES = ("customer_id", "agent_id", "visitor_id", "manager_agent_id")

_SCRUBBED = (
    ("[e-mail]", r"[\w.+-]+@[\w-]+\.[\w.-]*\w"),
    ("[IBAN]", r"\b[A-Z]{2}\d{2}(?: ?[0-9A-Z]{4}){3,7}(?: ?[0-9A-Z]{1,3})?\b"),
    ("[card]", r"\b\d{4}(?:[ -]?\d{4}){3}\b"),
    ("[phone]", r"(?:\+\d{1,3}|\b0)(?:[ .-]?\(?\d\)?)(?:[ .-]?\d{2}){4}\b"),
)


def key_of(db: Path) -> str:
    """The key of the store's pseudonyms, made at its first use in `<db>.key` (mode 600)."""
    path = db.with_name(db.name + ".key")
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        temporary = path.with_name(f"{path.name}.{os.getpid()}")
        temporary.touch(mode=0o600)
        temporary.write_text(secrets.token_hex(32), encoding="ascii")
        try:
            os.link(temporary, path)  # atomic, and the first of two writers wins
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return path.read_text(encoding="ascii").strip()


def pseudonym_sql(raw: str, key: str) -> str:
    """SQL of 16 hexadecimal digits that stand for the identity `raw`, always the same under one key."""
    return f"left(sha256({quote(key)} || {raw}), 16)"


def scrubbed_sql(raw: str) -> str:
    """SQL of the text `raw` without e-mail addresses, IBANs, card and telephone numbers."""
    for label, pattern in _SCRUBBED:
        raw = f"regexp_replace({raw}, {quote(pattern)}, {quote(label)}, 'g')"
    return raw
