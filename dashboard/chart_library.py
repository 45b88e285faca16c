"""Plotly in the browser, without what no page draws, and with the fonts there when it draws.

Streamlit ships the whole of Plotly. Before the first chart of a page, the browser sets up each of its 46 kinds of
traces, WebGL and maps included, which takes it longer than to draw five charts. The pages draw lines, bars and heat
maps: the other kinds stay in the file, but nothing calls them. And a chart drawn while a font is on its way is drawn
again when it comes: it waits for it instead.
"""

from __future__ import annotations

import re

KINDS = ("bar", "heatmap")
"""The kinds of traces that the pages draw, beside Plotly's own core, which draws lines and points."""

# The module that begins them all, and the variable that holds each: lib/index.js and lib/bar.js in Plotly's source.
_ALL = re.compile(r'("lib/index\.js"\(e,t\)\{var \w+=[\w$]+\(\);\w+\.register\(\[)([^\]]+)(\]\))')
_EACH = re.compile(r'([\w$]+)=_\(\{"lib/(\w+)\.js"')

_DRAWS = "v.current=v.current.then(()=>{if(!x.current){if(!_.current)"
# Streamlit declares its fonts a second time when the theme comes: asked by name, both declarations are loaded.
_FONTS = """Promise.all(["1em Inter","1em 'Material Symbols Rounded'"].map(e=>document.fonts.load(e)))"""
_WAITS = _DRAWS.replace("v.current.then(", f"v.current.then(()=>{_FONTS}).then(")


def lightened(library: str) -> str:
    """Streamlit's chart library, with the kinds that we draw alone set up, and drawing once the fonts are there.
    `ValueError` when it is not the one we know."""
    variables = {name: variable for variable, name in _EACH.findall(library)}
    known = len(_ALL.findall(library)) == 1 == library.count(_DRAWS)
    if not known or not all(f"{variables.get(kind)}()" in library for kind in KINDS):
        raise ValueError("Streamlit's chart library has changed: look at dashboard/chart_library.py again.")
    kept = ",".join(f"{variables[kind]}()" for kind in KINDS)
    return _ALL.sub(lambda found: f"{found[1]}{kept}{found[3]}", library).replace(_DRAWS, _WAITS)
