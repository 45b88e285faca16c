"""Which room may import which, read from the sources."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted(path for room in ("data", "kpi", "dashboard") for path in (ROOT / room).rglob("*.py"))
LONGEST = 500


def named(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> Iterator[str]:
    """Dotted names of the modules that a file imports, wherever in it; `from data import store` is data.store."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{named(path)} imports relatively"
            assert node.module is not None
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def of_room(name: str, *rooms: str) -> bool:
    return name.split(".")[0] in rooms


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_room_imports_only_what_it_may(path: Path) -> None:
    room, found = named(path).split("/")[0], set(imports(path))
    if room == "data":
        wrong = {name for name in found if of_room(name, "kpi", "dashboard", "streamlit")}
    elif room == "kpi":
        wrong = {name for name in found if of_room(name, "data", "dashboard", "streamlit", "plotly")}
    elif named(path).startswith(("dashboard/views/imports.py", "dashboard/importing_", "dashboard/cli/")):
        wrong = set()
    else:
        allowed = ("data.settings",)
        wrong = {name for name in found if of_room(name, "data") and not f"{name}.".startswith(f"{allowed[0]}.")}
    assert not wrong, f"{named(path)} imports {', '.join(sorted(wrong))}"


@pytest.mark.parametrize("path", MODULES, ids=named)
def test_a_file_stays_short_enough_to_be_read(path: Path) -> None:
    lines = len(path.read_text(encoding="utf-8").splitlines())
    assert lines <= LONGEST, f"{named(path)} has {lines} lines"
