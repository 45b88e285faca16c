"""The fact tables that KPIs read: their time columns, their dimensions, and how each is read as of the past.

Names and instants of knowledge repeat those of the store's schema on purpose (the rooms do not import each
other); a test holds the two together. Pure.
"""

from __future__ import annotations

from kpi.datasets import contacts, opinions, orders, people, self_care, tickets
from kpi.datasets.model import AGEING, FOREVER, PLACED, Dataset, Time, same

__all__ = ["AGEING", "DATASETS", "FOREVER", "PLACED", "Dataset", "Time"]

IMPORTS = Dataset(
    "imports",
    table="imports",
    id=("import_id",),
    times={},
    dimensions=same("source"),
    born_at=None,
    base="data_until <= $as_of",
)

DATASETS: dict[str, Dataset] = {
    dataset.name: dataset
    for subject in (tickets, contacts, opinions, orders, people, self_care)
    for dataset in subject.DATASETS
} | {IMPORTS.name: IMPORTS}
