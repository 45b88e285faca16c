"""python -m tests.faults [--green] [WORD...]: plants each fault (or those whose name holds a word) and runs the proofs.

`--green` takes it as known that the proofs are green without any fault.

Exit code 1 when a fault is not seen. Needs a few minutes: it is not part of `make test`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.planted import FAULTS, Fault

ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("data", "kpi", "dashboard", "tests")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".stores", "*.duckdb*", "*.sqlite*", "browser", "bench")
PROOFS = (
    *(f"tests/data/test_{name}.py" for name in ("business_hours", "derive", "derive_sla")),
    *(f"tests/kpi/test_{name}.py" for name in ("edges", "conformance", "questions", "oracle", "oracle_everywhere")),
    *(
        f"tests/kpi/test_{name}.py"
        for name in ("as_of", "whole_catalogue", "oracle_attainment", "oracle_calls", "oracle_orders")
    ),
)
"""The worked examples first (the fastest), then the oracle, then what holds for every KPI."""
SKIPPED = "not two_years and not sixty_thousand and not commitments_of"
"""The oracle on the demo centre takes minutes; the random centres are the same proof."""


def main(words: list[str]) -> int:
    known_green, words = "--green" in words, [word for word in words if word != "--green"]
    chosen = [fault for fault in FAULTS if not words or any(word in fault.name for word in words)]
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder)
        for room in ROOMS:
            shutil.copytree(ROOT / room, copy / room, ignore=LEFT_OUT)
        shutil.copy(ROOT / "pyproject.toml", copy)
        if not known_green and any(red(copy, fault) for fault in chosen):
            print("The proofs are red before any fault is planted: mend them first.")
            return 1
        unseen = [fault.name for fault in chosen if not seen(copy, fault)]
    print(f"{len(chosen)} faults planted, {len(chosen) - len(unseen)} seen")
    return 1 if unseen else 0


def seen(copy: Path, fault: Fault) -> bool:
    """Whether a test turns red with the fault in place; the file is put back."""
    file = copy / fault.file
    text = file.read_text(encoding="utf-8")
    if text.count(fault.right) != 1:
        raise SystemExit(
            f"{fault.name}: {fault.right!r} stands {text.count(fault.right)} times in {fault.file}, not once"
        )
    file.write_text(text.replace(fault.right, fault.wrong), encoding="utf-8")
    start = time.perf_counter()
    found = red(copy, fault)
    file.write_text(text, encoding="utf-8")
    print(f"{'seen' if found else 'NOT SEEN':9} {time.perf_counter() - start:5.0f} s  {fault.name}", flush=True)
    if found:
        print(f"{'':18}by {found}", flush=True)
    return bool(found)


def red(copy: Path, fault: Fault) -> str | None:
    """The first of the fault's proofs that fails, or None."""
    words = f"({fault.proofs}) and {SKIPPED}"
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-k", words, *PROOFS],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode == 0:
        return None
    failures = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    return failures[0].split(" - ")[0] if failures else f"exit code {ran.returncode}"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
