"""`make bench`: Vigie's time over hand-written SQL on the same file, median of paired runs.

python -m tests.bench [queries|catalogue|slowest|imports|screen|screens] [--tickets N,N]
"""

from __future__ import annotations

import argparse

from tests.bench import catalogue, imports, queries, screen, screens, slowest

PARTS = {
    "queries": queries.run,
    "catalogue": catalogue.run,
    "slowest": slowest.run,
    "imports": imports.run,
    "screen": screen.run,
    "screens": screens.run,
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], help="what to measure; all but the last two without")
    parser.add_argument("--tickets", default="1000000,10000000", help="sizes of the stores")
    options = parser.parse_args()
    sizes = [int(size) for size in options.tickets.split(",")]
    for part in options.parts or [part for part in PARTS if part not in ("screen", "screens")]:
        PARTS[part](sizes)


if __name__ == "__main__":
    main()
