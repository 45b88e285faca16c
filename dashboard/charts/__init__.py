"""Charts: plain data in, a Plotly figure out. Nothing here computes a KPI.

Show them with `st.plotly_chart(figure, theme=None, config=CONFIG)`: colours and words are already in.
"""

from dashboard.charts._frame import CONFIG, Group, Line, Reference
from dashboard.charts.bridge import BridgeStep, bridge
from dashboard.charts.by_group import NpsGroup, bars, diverging, dot_interval
from dashboard.charts.curves import Curve, curves
from dashboard.charts.day_profile import Slot, day_profile
from dashboard.charts.funnel import FunnelLimit, FunnelPoint, funnel
from dashboard.charts.grid import grid
from dashboard.charts.process import Note, Process
from dashboard.charts.sparkline import mask_svg, sparkline_svg
from dashboard.charts.spread import LOG_EDGES_S, StateCount, age_buckets, heatmap, histogram_log, states
from dashboard.charts.through_time import flow, stacked_area, trend

__all__ = [
    "CONFIG",
    "LOG_EDGES_S",
    "BridgeStep",
    "Curve",
    "FunnelLimit",
    "FunnelPoint",
    "Group",
    "Line",
    "Note",
    "NpsGroup",
    "Process",
    "Reference",
    "Slot",
    "StateCount",
    "age_buckets",
    "bars",
    "bridge",
    "curves",
    "day_profile",
    "diverging",
    "dot_interval",
    "flow",
    "funnel",
    "grid",
    "heatmap",
    "histogram_log",
    "mask_svg",
    "sparkline_svg",
    "stacked_area",
    "states",
    "trend",
]
