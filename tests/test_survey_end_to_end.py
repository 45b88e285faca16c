"""From a survey tool's export to its NPS: the traps of a real file, made up."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from data.importing import import_paths
from kpi import answer as answers
from kpi.engines import DuckDBEngine
from kpi.model import Period, Query

MAPPING = Path(__file__).parents[1] / "data" / "sources" / "examples" / "nps_survey.toml"


def test_empty_answers_are_missing_off_scale_ones_invalid_and_neither_is_in_the_score(tmp_path: Path) -> None:
    file, db = tmp_path / "answers.csv", tmp_path / "vigie.duckdb"
    scores = ["10"] * 6 + ["9"] * 2 + ["8"] * 3 + ["4"] * 4 + ["NA"] * 5 + ["11"]
    lines = [f'"{i}",{i},{score},"d\x82lai {i}"' for i, score in enumerate(scores)]
    file.write_bytes(b'"","id","nps","explication"\n' + "\n".join(lines).encode("latin-1") + b"\n")
    import_paths(db, [file], mapping=MAPPING)
    engine = DuckDBEngine(db)
    answer = answers.answer(Query(("nps",), Period(datetime(2000, 1, 1), datetime(2030, 1, 1))), engine)["nps"]
    figure = answer.total
    assert (figure.n, figure.n_missing, figure.n_invalid) == (15, 5, 1)
    assert figure.value == 100 * (8 - 4) / 15
    assert answers.answer(Query(("ticket_backlog",)), engine)["ticket_backlog"].needs == ("tickets",)
