"""Rows a second of import, canonical CSV and foreign CSV with a mapping, against DuckDB's typed CREATE TABLE AS of the
same file into a new database file, checkpoint included; derivation is measured apart. Then a day's tickets into a whole
store, with what the copy of the file takes."""

from __future__ import annotations

import os
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest import mock

import duckdb

from data import derive as derivation
from data import store as data_store
from data.importing import import_paths
from data.schema import TABLES
from tests.bench.stores import made

_FOREIGN = """
COPY (
  SELECT ticket_id AS "Numéro", strftime(created_at, '%d/%m/%Y %H:%M:%S') AS "Créé le",
    CASE channel WHEN 'email' THEN 'E-mail' WHEN 'web_form' THEN 'Formulaire' WHEN 'phone' THEN 'Téléphone'
      WHEN 'chat' THEN 'Chat' ELSE 'Facebook' END AS "Canal",
    CASE priority WHEN 'low' THEN 'Basse' WHEN 'normal' THEN 'Normale' WHEN 'high' THEN 'Haute' ELSE 'Urgente' END
      AS "Priorité",
    CASE status WHEN 'solved' THEN 'Résolu' WHEN 'open' THEN 'Ouvert' ELSE 'Nouveau' END AS "Statut",
    team_id AS "Équipe", strftime(first_response_at, '%d/%m/%Y %H:%M:%S') AS "Première réponse",
    strftime(resolved_at, '%d/%m/%Y %H:%M:%S') AS "Résolu le"
  FROM tickets) TO '{path}' (HEADER, DELIMITER ';')
"""
_MAPPING = """
table = "tickets"
source = "bench"
delimiter = ";"
timezone = "UTC"
date_formats = ["%d/%m/%Y %H:%M:%S"]

[columns]
ticket_id = "Numéro"
created_at = "Créé le"
channel = "Canal"
priority = "Priorité"
status = "Statut"
team_id = "Équipe"
first_response_at = "Première réponse"
resolved_at = "Résolu le"

[values.channel]
"E-mail" = "email"
"Formulaire" = "web_form"
"Téléphone" = "phone"
"Chat" = "chat"
"Facebook" = "facebook"

[values.priority]
"Basse" = "low"
"Normale" = "normal"
"Haute" = "high"
"Urgente" = "urgent"

[values.status]
"Résolu" = "solved"
"Ouvert" = "open"
"Nouveau" = "new"
"""


def run(sizes: Sequence[int]) -> None:
    for size in sizes[:1]:
        with tempfile.TemporaryDirectory() as folder:
            _measure(size, made(size), Path(folder))
            _measure_increment(size, made(size), Path(folder))


def _measure(size: int, store: Path, folder: Path) -> None:
    canonical, foreign, mapping = folder / "tickets.csv", folder / "export.csv", folder / "mapping.toml"
    names = ", ".join(name for name in TABLES["tickets"].column_names if not name.startswith("_"))
    with duckdb.connect(str(store), read_only=True) as con:
        con.execute(f"COPY (SELECT {names} FROM tickets) TO '{canonical}' (HEADER)")
        con.execute(_FOREIGN.format(path=foreign))
    mapping.write_text(_MAPPING, encoding="utf-8")
    print(f"\nImport of {size:,} tickets; rows a second, derivation left out")
    for name, file, chosen in (("canonical CSV", canonical, None), ("foreign CSV, mapping", foreign, mapping)):
        typed = size / _timed(lambda file=file: _create_table_as(folder / "typed.duckdb", file))  # type: ignore[misc]
        with mock.patch.object(derivation, "derive", return_value=None):
            ours = size / _timed(lambda file=file, chosen=chosen: _import(folder / "a.duckdb", file, chosen))  # type: ignore[misc]
        whole = size / _timed(lambda file=file, chosen=chosen: _import(folder / "b.duckdb", file, chosen))  # type: ignore[misc]
        share = f"{ours:12,.0f}  DuckDB typed {typed:12,.0f}  share {ours / typed:.2f}"
        print(f"{name:24} {share}  with derive {whole:12,.0f}")


_DAY = """
COPY (
  SELECT * REPLACE (
      'N' || ticket_id AS ticket_id, created_at + INTERVAL 1 DAY AS created_at,
      first_response_at + INTERVAL 1 DAY AS first_response_at, resolved_at + INTERVAL 1 DAY AS resolved_at)
  FROM (SELECT {names} FROM tickets ORDER BY created_at DESC LIMIT {new})
  UNION ALL
  SELECT * REPLACE ('solved' AS status, created_at + INTERVAL 3 DAY AS resolved_at)
  FROM (SELECT {names} FROM tickets WHERE resolved_at IS NULL ORDER BY created_at DESC LIMIT {changed})
  ) TO '{path}' (HEADER)
"""
"""A day's export of a store: new tickets, and open ones that were resolved."""


def _measure_increment(size: int, store: Path, folder: Path) -> None:
    whole, file, new = folder / "whole.duckdb", folder / "tickets.csv", size // 100
    names = ", ".join(name for name in TABLES["tickets"].column_names if not name.startswith("_"))
    with duckdb.connect(str(store), read_only=True) as con:
        con.execute(_DAY.format(names=names, path=file, new=new * 4 // 5, changed=new // 5))
    shutil.copyfile(store, whole)
    os.sync()  # else the import waits for this copy to be written
    copies: list[float] = []
    waits: list[float] = []
    copy, to_disk = data_store._copy, data_store._to_disk

    def flushed(building: Path) -> Any:
        written = to_disk(building)
        return SimpleNamespace(result=lambda: waits.append(_timed(written.result)))

    with (
        mock.patch.object(data_store, "_copy", lambda *paths: copies.append(_timed(lambda: copy(*paths)))),
        mock.patch.object(data_store, "_to_disk", flushed),
    ):
        spent = _timed(lambda: import_paths(whole, [file]))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    copied = f"{sum(copies):.1f} s for the copy of the file ({whole.stat().st_size / 1e6:,.0f} MB)"
    waited = f"{sum(waits):.1f} s until that copy is on the disk"
    beside = f"{spent - sum(copies) - sum(waits):.1f} s beside {copied} and {waited}"
    print(f"{new:,} rows into {size:,}: {beside}; peak memory of this process {peak:,.0f} MB")


def _timed(work: Callable[[], None]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _create_table_as(path: Path, file: Path) -> None:
    path.unlink(missing_ok=True)
    con = duckdb.connect(str(path))
    con.execute(f"CREATE TABLE t AS FROM read_csv('{file}')")
    con.execute("CHECKPOINT")
    con.close()


def _import(path: Path, file: Path, mapping: Path | None) -> None:
    path.unlink(missing_ok=True)
    import_paths(path, [file], mapping=mapping)
