"""`make bench`: Vigie's time over hand-written SQL on the same file, median of paired runs.

python -m tests.bench [queries|catalogue|imports|screen] [--tickets N,N]
"""

from __future__ import annotations

import argparse

from tests.bench import catalogue, imports, queries, screen

PARTS = {"queries": queries.run, "catalogue": catalogue.run, "imports": imports.run, "screen": screen.run}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    parser.add_argument(
        "parts", nargs="*", choices=[*PARTS, []], help="what to measure; default queries, catalogue and imports"
    )
    parser.add_argument("--tickets", default="1000000,10000000", help="sizes of the stores")
    options = parser.parse_args()
    sizes = [int(size) for size in options.tickets.split(",")]
    for part in options.parts or ["queries", "catalogue", "imports"]:
        PARTS[part](sizes)


if __name__ == "__main__":
    main()
