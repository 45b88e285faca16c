"""The words that a centre gave to the statuses, priorities, channels and outcomes of its tools.

    [status]                                    # a column of the schema
    "Fermée en attente retour client" = "pending"

They are matched on the Import page, once, and kept in `<db>.mappings/words/<system>.toml` beside the store: every later
file of that system is read with them, on the page and by `vigie import` and `vigie watch`.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from pathlib import Path

from data.reading import quote
from data.schema import CANONICAL
from data.sources.saved import folder_of, replaced, written
from data.store import ImportFailed

Words = Mapping[str, Mapping[str, str]]
"""Column of the schema -> word of the tool -> value of the schema."""
MATCHED = ("status", "priority", "channel", "ticket_type", "outcome")
"""The columns whose words a centre makes up."""
_VALUES = {
    name: {value for table in CANONICAL for column in table.columns if column.name == name for value in column.values}
    for name in MATCHED
}


def words_for(db: Path, system: str) -> Words:
    """The words kept for a system. Raises ImportFailed for a file that somebody edited into one that does not hold."""
    path = _path(db, system)
    try:
        given = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise ImportFailed(f"the words in {path} cannot be read: {error}") from None
    for column, words in given.items():
        if column not in MATCHED or not isinstance(words, Mapping):
            raise ImportFailed(f"{path} names {column!r}: words are those of {', '.join(MATCHED)}")
        for word, value in words.items():
            if not isinstance(value, str) or value not in _VALUES[column]:
                known = ", ".join(sorted(_VALUES[column]))
                raise ImportFailed(f"{path} gives {value!r} to {word!r}, but {column} is one of {known}")
    return given


def merged(before: Words, words: Words) -> Words:
    """Words added to others; one whose value is empty is forgotten."""
    found: dict[str, dict[str, str]] = {}
    for column in dict.fromkeys((*before, *words)):
        said = {word.strip().casefold() for word in words.get(column, {})}
        kept = {word: value for word, value in before.get(column, {}).items() if word.strip().casefold() not in said}
        found[column] = kept | {word: value for word, value in words.get(column, {}).items() if value}
    return {column: values for column, values in found.items() if values}


def keep(db: Path, system: str, words: Words) -> None:
    """Adds words to those of a system, for all its later files."""
    path = _path(db, system)
    path.parent.mkdir(parents=True, exist_ok=True)
    replaced(path, written(merged(words_for(db, system), words)))


def value_of(words: Words, column: str, word: str) -> str | None:
    """What a centre's word means, whatever its case; None for a word that is not one."""
    return {said.strip().casefold(): value for said, value in words.get(column, {}).items()}.get(
        word.strip().casefold()
    )


def own_sql(words: Words, column: str, text: str) -> str:
    """SQL of a word of a column in which those of the centre are values of the schema, and the others as they were."""
    cases = " ".join(
        f"WHEN {quote(word.strip().lower())} THEN {quote(value)}" for word, value in words.get(column, {}).items()
    )
    return f"CASE lower(trim({text})) {cases} ELSE {text} END" if cases else text


def _path(db: Path, system: str) -> Path:
    return folder_of(db) / "words" / f"{system}.toml"
