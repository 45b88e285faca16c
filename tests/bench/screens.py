"""Two hundred team screens and ten managers on one server: does it hold?

A real `vigie run` on this machine, and clients that speak its WebSocket protocol (`tab_client`, `crowd`). Each screen
opens a board and asks for its fragment whenever the timer that the server announced is due; each manager turns pages
and changes filters. Meanwhile exports are imported, so that the data stay live: figures of now, computed anew at each
tick. No browser draws anything and no static file is fetched; the clients' own CPU is counted apart.

A **refresh** is measured from the client's question to the server's "script finished". A **redraw** is an element that
comes with another content than the one at its place. A screen **shows an import** when its "data until" changes; the
refreshes are those asked since the new data are in place. The **slope** is a least-squares line through the server's
resident memory after the warm-up, over 30 minutes; the warm-up is a third of the time, in which what is kept of the
managers' questions fills.

python -m tests.bench.screens [--screens 200] [--managers 10] [--refresh 10] [--minutes 45] [--db FILE]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import resource
import shutil
import statistics
import tempfile
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from time import monotonic
from urllib.parse import urlencode

from dashboard.boards import SHIPPED
from tests.bench.crowd import Imported, Manager, TeamScreen
from tests.bench.tab_client import Run
from tests.browser.driving import Server, serving, vigie

MOST_SCREENS, MOST_MINUTES = 400, 45
LEAST_REFRESH_S = 5
"""What a screen's address may ask for; a test goes faster."""
LIMIT_P95_S, LIMIT_REFRESHES, LIMIT_SLOPE = 0.5, 2, 1.0
JUDGED_S = 20 * 60
"""A slope over less is noise: it is printed and not judged."""
IMPORT_EVERY_S = 300


@dataclass(frozen=True, slots=True)
class Load:
    """How many of whom, for how long."""

    screens: int = 200
    managers: int = 10
    refresh_s: float = 10
    think_s: float = 15
    seconds: float = 45 * 60
    opening_s: float = 60
    imports: bool = True

    @property
    def warm_up_s(self) -> float:
        return self.seconds / 3

    @property
    def imports_at(self) -> list[float]:
        """Seconds after the start: one at mid-run, or one every five minutes."""
        count = max(1, round(self.seconds / IMPORT_EVERY_S)) if self.imports else 0
        return [(k + 0.5) * self.seconds / count for k in range(count)]


@dataclass(frozen=True, slots=True)
class Sample:
    """The server's memory, and the CPU seconds that both sides have used so far."""

    at: float
    rss_mb: float
    server_s: float
    driver_s: float


@dataclass(slots=True)
class Found:
    """What a load has shown."""

    load: Load
    began_at: float = field(default_factory=monotonic)
    screens: list[TeamScreen] = field(default_factory=list)
    managers: list[Manager] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    imports: list[Imported] = field(default_factory=list)
    unanswered: int = 0
    log: str = ""

    @property
    def warm_at(self) -> float:
        return self.began_at + self.load.warm_up_s

    def refreshes(self) -> list[Run]:
        """The screens' refreshes after the warm-up."""
        runs = (run for screen in self.screens for run in screen.runs)
        return [run for run in runs if run.fragment and run.asked_at is not None and run.asked_at >= self.warm_at]

    def openings(self) -> list[float]:
        """Seconds from a screen's connection to its first picture."""
        return [run.seconds for screen in self.screens for run in screen.runs if not run.fragment]

    def pages(self) -> list[float]:
        """Seconds of the pages that managers open or change, after the warm-up."""
        runs = (run for manager in self.managers for run in manager.runs)
        asked = (run for run in runs if not run.fragment and run.asked_at is not None)
        return [run.seconds for run in asked if run.ended_at >= self.warm_at]

    def failures(self) -> list[str]:
        return [failure for tab in (*self.screens, *self.managers) for failure in tab.failures]

    def errors(self) -> list[str]:
        """Tracebacks in the server's log."""
        return re.findall(r"^.*Traceback.*\n(?:.*\n)*?\S*(?:Error|Exception|Warning)\b.*$", self.log, re.MULTILINE)

    def slowest_import(self) -> float:
        """Refreshes that the last screen needs to show an import."""
        shown = [screen.refreshes_until(one) for one in self.imports for screen in self.screens]
        return max(shown, default=0)

    def import_seconds(self) -> float:
        """From the moment that the new data are in place until the last screen shows them, the slowest import."""
        taken = [screen.shows_at(one) - one.placed_at for one in self.imports for screen in self.screens]
        return max(taken, default=0)

    def warm_samples(self) -> list[Sample]:
        return [sample for sample in self.samples if sample.at >= self.warm_at]

    def slope(self) -> float:
        """Growth of the server's memory in per cent in 30 minutes."""
        warm = self.warm_samples()
        line = statistics.linear_regression([s.at - self.warm_at for s in warm], [s.rss_mb for s in warm])
        return 100 * line.slope * 1800 / line.intercept

    def cores(self) -> tuple[float, float]:
        """Cores used after the warm-up by the server and by this driver."""
        first, *_, last = self.warm_samples()
        seconds = last.at - first.at
        return (last.server_s - first.server_s) / seconds, (last.driver_s - first.driver_s) / seconds

    def long_enough(self) -> bool:
        """Whether the slope of the memory says anything."""
        warm = self.warm_samples()
        return warm[-1].at - warm[0].at >= JUDGED_S

    def broken(self) -> list[str]:
        """The limits that do not hold."""
        checks = {
            f"refresh p95 above {LIMIT_P95_S} s": spread([run.seconds for run in self.refreshes()])[1] > LIMIT_P95_S,
            "failed connections or pictures": bool(self.failures()),
            "refreshes without an answer": self.unanswered > 0,
            "screens that never refreshed": any(not any(r.fragment for r in s.runs) for s in self.screens),
            "errors in the log": bool(self.errors()),
            f"an import later than {LIMIT_REFRESHES} refreshes": self.slowest_import() > LIMIT_REFRESHES,
            f"memory slope above {LIMIT_SLOPE} %": self.long_enough() and self.slope() >= LIMIT_SLOPE,
        }
        return [name for name, is_broken in checks.items() if is_broken]


def spread(seconds: Sequence[float]) -> tuple[float, float, float]:
    """Median, 95th percentile and longest; infinite when there is none."""
    if len(seconds) < 2:
        only = seconds[0] if seconds else float("inf")
        return only, only, only
    return statistics.median(seconds), statistics.quantiles(seconds, n=20, method="inclusive")[18], max(seconds)


# The drive


def measure(db: Path, load: Load, folder: Path) -> Found:
    """Serves `db`, which gets a few more tickets, under a load. `folder` takes the exports."""
    _import(db, folder, datetime.now(UTC) - timedelta(minutes=10))
    with serving(db) as server:
        found = asyncio.run(drive(server, load, folder))
        found.log = server.log()
    return found


def _never(_found: Found) -> bool:
    return False


async def drive(server: Server, load: Load, folder: Path, enough: Callable[[Found], bool] = _never) -> Found:
    """Puts a load on a running server until its time is over or it is `enough`. `folder` takes the exports."""
    random = Random(1)
    found = Found(load)
    boards, every_s = list(SHIPPED), load.refresh_s if load.refresh_s < LEAST_REFRESH_S else None
    for number in range(load.screens):
        address = {
            "board": boards[number % len(boards)],
            "lang": ("fr", "en")[number // len(boards) % 2],
            "refresh": f"{max(load.refresh_s, LEAST_REFRESH_S):g}",
        }
        url = f"{server.url}/wallboard?{urlencode(address)}"
        found.screens.append(TeamScreen(url, Random(number), every_s))
    found.managers = [
        Manager(f"{server.url}/?lang=fr", Random(1000 + number)) for number in range(1, load.managers + 1)
    ]
    opening_s = min(load.warm_up_s * 0.8, load.opening_s)
    tasks = [
        *(asyncio.create_task(screen.live(random.uniform(0, opening_s))) for screen in found.screens),
        *(asyncio.create_task(one.browse(random.uniform(0, opening_s), load.think_s)) for one in found.managers),
        asyncio.create_task(_sample(server.pid, found, min(10, load.seconds / 20))),
    ]
    try:
        for after_s in load.imports_at:
            await _until(found.began_at + after_s)
            began_at = monotonic()
            await asyncio.to_thread(_import, server.db, folder, datetime.now(UTC))
            ago_s = datetime.now(UTC).timestamp() - server.db.stat().st_ctime  # the change of name by which it is there
            found.imports.append(Imported(began_at, monotonic() - ago_s))
        end = max(found.began_at + load.seconds, monotonic() + 2.5 * load.refresh_s)
        while monotonic() < end and not enough(found):
            await asyncio.sleep(0.1)
        found.unanswered = sum(tab.unanswered() for tab in (*found.screens, *found.managers))
    finally:
        for task in tasks:
            task.cancel()
        ended = await asyncio.gather(*tasks, return_exceptions=True)
    for problem in ended:
        if not isinstance(problem, asyncio.CancelledError) and isinstance(problem, BaseException):
            raise problem
    return found


async def _until(moment: float) -> None:
    await asyncio.sleep(max(0.0, moment - monotonic()))


async def _sample(pid: int, found: Found, every_s: float) -> None:
    while True:
        own = resource.getrusage(resource.RUSAGE_SELF)
        found.samples.append(Sample(monotonic(), _rss_mb(pid), _cpu_s(pid), own.ru_utime + own.ru_stime))
        await asyncio.sleep(every_s)


def _rss_mb(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def _cpu_s(pid: int) -> float:
    """User and system time: fields 14 and 15 of proc_pid_stat(5), counted after the name in brackets."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _import(db: Path, folder: Path, until: datetime) -> None:
    """Ten tickets of the minutes before `until`, by the command that people use."""
    file = folder / f"tickets-{until:%H%M%S%f}.csv"
    rows = [
        f"LOAD-{until:%d%H%M%S}-{i},{until - timedelta(seconds=20 * i + 1):%Y-%m-%dT%H:%M:%SZ},email,new"
        for i in range(10)
    ]
    file.write_text("ticket_id,created_at,channel,status\n" + "\n".join(rows) + "\n")
    vigie("import", "--db", db, file)


# The table


def table(found: Found) -> str:
    """What a load has shown, one line a thing."""
    load, warm, (server, driver) = found.load, found.warm_samples(), found.cores()
    judged = "" if found.long_enough() else " (too short to judge)"
    failures = found.failures()
    lines = {
        "load": f"{load.screens} screens every {load.refresh_s:g} s, {load.managers} managers, {load.seconds:.0f} s",
        "refresh": f"{_seconds([run.seconds for run in found.refreshes()])}, after {load.warm_up_s:.0f} s of warm-up",
        "opening": _seconds(found.openings()),
        "managers' pages": _seconds(found.pages()),
        **_brought(found.refreshes()),
        "failures": f"{len(failures)}, {found.unanswered} without an answer {sorted(set(failures))[:5]}",
        "log": f"{len(found.errors())} errors",
        "server": f"{server:.2f} cores",
        "driver": f"{driver:.2f} cores",
        "memory": f"{warm[0].rss_mb:.0f} to {warm[-1].rss_mb:.0f} MB, {found.slope():+.2f} % in 30 minutes{judged}",
        "imports": f"{len(found.imports)}, on the last screen {found.import_seconds():.1f} s after it is in place, "
        f"at refresh {found.slowest_import():g}",
    }
    return "\n".join(f"{name:18}{text}" for name, text in lines.items())


def _brought(runs: Sequence[Run]) -> dict[str, str]:
    """What a refresh brings on average, and how much of it has to be drawn again."""
    changed = sum((run.changed for run in runs), start=Counter[str]())
    messages, deltas, size = (
        sum(getattr(run, name) for run in runs) / max(len(runs), 1) for name in ("messages", "deltas", "bytes")
    )
    redraws = ", ".join(f"{kind} {number} ({number / len(runs):.1%})" for kind, number in changed.items())
    return {
        "a refresh brings": f"{messages:.1f} messages, {deltas:.1f} deltas, {size / 1024:.2f} kB",
        "redraws": f"{redraws} in {len(runs)} refreshes",
    }


def _seconds(values: Sequence[float]) -> str:
    median, p95, longest = spread(values)
    return f"p50 {median:.3f} s, p95 {p95:.3f} s, longest {longest:.3f} s, n = {len(values)}"


def run(_sizes: Sequence[int]) -> None:
    """As the issue of the team screens asks: 200 screens, ten managers, 30 minutes after the warm-up."""
    _report(Load(), None)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.screens", description=__doc__)
    usual = Load()
    parser.add_argument("--screens", type=int, default=usual.screens, choices=range(1, MOST_SCREENS + 1), metavar="N")
    parser.add_argument("--managers", type=int, default=usual.managers, choices=range(51), metavar="N")
    parser.add_argument("--refresh", type=int, default=int(usual.refresh_s), choices=range(5, 601), metavar="S")
    parser.add_argument(
        "--minutes", type=int, default=int(usual.seconds / 60), choices=range(1, MOST_MINUTES + 1), metavar="N"
    )
    parser.add_argument("--db", type=Path, help="a store to work on a copy of; the demo centre without")
    given = parser.parse_args()
    _report(Load(given.screens, given.managers, given.refresh, seconds=given.minutes * 60), given.db)


def _report(load: Load, db: Path | None) -> None:
    with tempfile.TemporaryDirectory(prefix="vigie-screens-") as name:
        folder = Path(name)
        store = folder / "demo.duckdb"
        if db is None:
            vigie("demo", "--db", store)
        else:
            shutil.copy(db, store)
        print(f"load average before: {os.getloadavg()[0]:.1f}", flush=True)
        found = measure(store, load, folder)
    print(table(found))
    for error in found.errors()[:3]:
        print(error)
    broken = found.broken()
    print("BROKEN: " + "; ".join(broken) if broken else "Every limit holds.")
    raise SystemExit(bool(broken))


if __name__ == "__main__":
    main()
