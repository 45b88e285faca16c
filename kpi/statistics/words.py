"""Which words one group uses more than another: log-odds with an informative Dirichlet prior, tested. Pure.

Monroe, Colaresi and Quinn (2008), "Fightin' Words", Political Analysis 16(4), equations 15, 16, 20 and 22.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from kpi.statistics.case_mix import benjamini_hochberg

PRIOR = 500.0
"""Words that the prior is worth."""
FALSE_DISCOVERIES = 0.05


@dataclass(frozen=True, slots=True)
class WordContrast:
    """A word in two groups: how often each says it, its log-odds ratio, z and adjusted p. z > 0: the first says it
    more."""

    word: str
    first: int
    second: int
    log_odds: float
    z: float
    p_adjusted: float

    @property
    def telling(self) -> bool:
        """Whether chance, over as many words, would give it too rarely to be believed."""
        return self.p_adjusted <= FALSE_DISCOVERIES


def contrasts(
    first: Mapping[str, int],
    second: Mapping[str, int],
    background: Mapping[str, int],
    *,
    prior: float = PRIOR,
    least: int = 1,
    texts: tuple[int, int] | None = None,
) -> tuple[WordContrast, ...]:
    """Every word of either group, the most typical of the first first.

    `background` counts the same words in everything that was said, of which the groups are a part; it shapes the
    prior. Words said fewer than `least` times in all are not tested; the p-values of the others are adjusted together
    (Benjamini and Hochberg 1995). Empty when a group is.

    `texts`: how many texts each group wrote, when the counts are of texts that hold the word. Fisher's exact test then
    gives the p-values: z, which the prior draws to 0, sees nothing in short texts.
    """
    from scipy.stats import fisher_exact, norm

    words = sorted({word for counts in (first, second) for word, n in counts.items() if n > 0})
    all_first, all_second = (sum(counts.values()) for counts in (first, second))
    if not (all_first and all_second):
        return ()
    said = {word: max(background.get(word, 0), first.get(word, 0) + second.get(word, 0)) for word in words}
    whole = sum(background.values()) + sum(n - background.get(word, 0) for word, n in said.items())
    found = []
    for word in words:
        if first.get(word, 0) + second.get(word, 0) < least:
            continue
        alpha = prior * said[word] / whole
        y, x = first.get(word, 0), second.get(word, 0)
        delta = _odds(y, all_first, alpha, prior) - _odds(x, all_second, alpha, prior)
        found.append((word, y, x, delta, delta / sqrt(1 / (y + alpha) + 1 / (x + alpha))))
    if texts is None:
        p_values = [float(2 * norm.sf(abs(one[-1]))) for one in found]
    else:
        tables = (np.array([[y, texts[0] - y], [x, texts[1] - x]]) for _, y, x, _, _ in found)
        p_values = [float(fisher_exact(table).pvalue) for table in tables]
    adjusted = benjamini_hochberg(p_values)
    made = (WordContrast(*one, p) for one, p in zip(found, adjusted, strict=True))
    return tuple(sorted(made, key=lambda one: (-one.z, one.word)))


def _odds(count: int, whole: int, alpha: float, prior: float) -> float:
    """Log-odds of a word with the prior's counts added; a lone word keeps finite odds."""
    rest = max(whole + prior - count - alpha, 1e-9)
    return log((count + alpha) / rest)
