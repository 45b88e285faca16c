"""The kinds of measure: the SQL aggregates each one asks for, and the figure made from them. Pure."""

from __future__ import annotations

from kpi.measures.base import Measure, Part, Values, count, decimal_sum
from kpi.measures.classes import ClassMeans, Mix, Ranking, Shares
from kpi.measures.counts import Count, Distinct, Freshness
from kpi.measures.joined import Attainment, Growth, Joined, Side
from kpi.measures.means import Mean, Quantile, Survival
from kpi.measures.ratios import DistinctRatio, PerUnit, Ratio, SumRatio
from kpi.measures.scores import MeanOfMeans, Nps
from kpi.measures.stocks import Stock, StockQuantile, StockShares

__all__ = [
    "Attainment",
    "ClassMeans",
    "Count",
    "Distinct",
    "DistinctRatio",
    "Freshness",
    "Growth",
    "Joined",
    "Mean",
    "MeanOfMeans",
    "Measure",
    "Mix",
    "Nps",
    "Part",
    "PerUnit",
    "Quantile",
    "Ranking",
    "Ratio",
    "Shares",
    "Side",
    "Stock",
    "StockQuantile",
    "StockShares",
    "SumRatio",
    "Survival",
    "Values",
    "count",
    "decimal_sum",
]
