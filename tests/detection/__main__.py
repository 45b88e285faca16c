"""python -m tests.detection [SEEDS [FIRST]]: are facts that move found, and is nothing said of centres without any?

Builds SEEDS (default 20) centres with one of each fact, moved by the seed (who, when, how strong; from FIRST on, by
default 1), and as many with none; asks what the pages say of each and prints how many facts were found and how many
claims were false. Exit code 1 below 90 % of the facts or above 5 % of the questions. Ten minutes, one process: it is
not part of `make test`.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from tests.detection.centres import FACTS, Heard, heard

DETECTED, FALSE = 0.90, 0.05


def main(seeds: int, first: int) -> int:
    told: list[Heard] = []
    with tempfile.TemporaryDirectory() as folder:
        for planted in (True, False):
            for seed in range(first, first + seeds):
                told.append(heard(Path(folder), seed, planted=planted))
                print(_line(told[-1]), flush=True)
    print()
    print(f"{'':18}{'found':>14}{'false, planted':>18}{'false, nothing':>18}")
    with_facts, without = ([one for one in told if one.planted is side] for side in (True, False))
    for fact in FACTS:
        found = sum(fact in one.found for one in with_facts)
        print(f"{fact:18}{_share(found, seeds):>14}{_false(with_facts, fact):>18}{_false(without, fact):>18}")
    found = sum(len(one.found) for one in with_facts)
    false, asked = _totals(without, *FACTS)
    print(
        f"{'all':18}{_share(found, seeds * len(FACTS)):>14}{_false(with_facts, *FACTS):>18}{_share(false, asked):>18}"
    )
    return int(found < DETECTED * seeds * len(FACTS) or false > FALSE * asked)


def _line(one: Heard) -> str:
    missed = [fact for fact in FACTS if fact not in one.found] if one.planted else []
    text = (
        f"{'planted' if one.planted else 'nothing'} {one.seed:3}  {'missed: ' + ', '.join(missed) if missed else 'ok'}"
    )
    return "\n".join((text, *(f"{'':13}false: {claim}" for claim in one.told)))


def _totals(of: list[Heard], *facts: str) -> tuple[int, int]:
    return sum(one.false[fact] for one in of for fact in facts), sum(one.asked[fact] for one in of for fact in facts)


def _false(of: list[Heard], *facts: str) -> str:
    return _share(*_totals(of, *facts))


def _share(part: int, whole: int) -> str:
    return f"{part}/{whole} {part / whole:.0%}" if whole else "-"


if __name__ == "__main__":
    given = [int(word) for word in sys.argv[1:3]]
    raise SystemExit(main(*given, *(20, 1)[len(given) :]))
