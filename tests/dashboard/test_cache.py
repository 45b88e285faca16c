"""What the server keeps of the answers: as long as the data are the same, and no longer."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from dashboard import cache, keeping


def test_what_was_kept_of_older_data_is_let_go_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, str]] = []

    @keeping.kept(8)
    def answer(question: str, version: str) -> str:
        asked.append((question, version))
        return f"{question} {version}"

    monkeypatch.setattr(keeping, "_kept_of", [""])
    for version in ("before", "after"):
        monkeypatch.setattr(cache, "engine", lambda version=version: SimpleNamespace(version=lambda: version))
        for _again in range(2):
            assert answer("how many", cache.generation()) == f"how many {version}"
    assert answer("how many", "before") == "how many before"
    assert asked == [("how many", "before"), ("how many", "after"), ("how many", "before")]
