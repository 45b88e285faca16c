"""A workbook as lines of JSON, in a process of its own: `python -m data.sheet_reader FILE`.

A damaged or hostile workbook may crash whoever reads it, or ask for all the memory there is; here that ends this
process alone. A sheet is one line, {"name", "visible"}, and one line a row: its cells as texts, null for empty ones.
"""

from __future__ import annotations

import json
import sys
from contextlib import suppress

from data.cells import as_text

MEMORY = 2 << 30
SECONDS = 600
"""Of work, for one workbook."""
LARGEST = 16 << 30
"""Bytes of the lines."""
MOST_CELLS = 40_000_000
"""Of the rectangles that the sheets fill: every cell of them is held in memory."""
TOLD = 3
"""Exit code when the last line of the error output says why the workbook cannot be read."""


def main(path: str) -> int:
    _limit()
    from python_calamine import CalamineError, CalamineWorkbook, PasswordError, SheetVisibleEnum

    cells = 0
    try:
        with CalamineWorkbook.from_path(path) as book:
            for about in book.sheets_metadata:
                sheet = book.get_sheet_by_name(about.name)
                if sheet.end is None:
                    continue
                cells += (sheet.end[0] + 1) * sheet.width
                if cells > MOST_CELLS:
                    return _refuse(f"the cells of {about.name} reach over a rectangle of {cells:,} cells")
                print(json.dumps({"name": about.name, "visible": about.visible == SheetVisibleEnum.Visible}))
                for row in sheet.iter_rows():
                    print(json.dumps([as_text(cell) for cell in row]))
    except PasswordError:
        return _refuse("it is locked with a password, save it without one")
    except (CalamineError, OSError) as error:
        return _refuse(str(error))
    return 0


def _limit() -> None:
    with suppress(ImportError, ValueError, OSError):  # Windows, or less is allowed already
        import resource

        for what, most in (
            (resource.RLIMIT_AS, MEMORY),
            (resource.RLIMIT_CPU, SECONDS),
            (resource.RLIMIT_FSIZE, LARGEST),
        ):
            _, hard = resource.getrlimit(what)
            resource.setrlimit(what, (most if hard == resource.RLIM_INFINITY else min(most, hard), hard))


def _refuse(reason: str) -> int:
    print(" ".join(reason.split()), file=sys.stderr)
    return TOLD


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
