"""What the questions of a survey measure: from their words, in French and in English, and from the answers.

Nothing is guessed: a kind or a scale that the words and the answers do not prove is said to be unknown, and why.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from data.sources.looking import folded

ENOUGH = 20
"""Answers from which the highest one shows where the scale ends."""

_NPS = r"\bnps\b|recommand|recommend"
_CES = r"\bces\b|\beffort|facile|facilit(?!y\b|ies\b)|\beas(?:y|ier|e)\b"
_FCR = (
    r"(?:probleme|demande|question|issue|problem|request)\w* .*(?:resolu|resolv|regle)|premier contact|first contact"
    r"|(?:resolu|resolv)\w* .*(?:probleme|demande|issue|problem|request|premier|first)"
)
_CSAT = r"\bcsat\b|satisf"
_COMMENT = (
    r"pourquoi|\bwhy\b|commentaire|comments?\b(?! (?:evalu|jug|not|trouv|qualif))|verbatim|remarque|suggestion"
    r"|explain|expliqu|raison|reason|ameliorer|improve|feedback"
)
_EASIER = r"facile|facilit|\beas(?:y|ier|e)\b"
_DIMENSIONS = {
    "reliability": r"fiab|promis|promesse|engagement|sans erreur|dependab|reliab|error-free|delai annonce",
    "responsiveness": r"reactiv|rapide|prompt|disponib|willing|responsive|empress",
    "assurance": r"confiance|courto|poli\b|competen|trust|confident|courteous|knowledge|safe in",
    "tangibles": r"equipement|locaux|apparence|tenue|visuel|equipment|facilit(?:y|ies)\b|appearance|visually|neat",
    "empathy": r"attention (?:individu|personn)|vos (?:besoins|interets)|horaires|(?:individual|personal) attention"
    r"|your needs|best interests|operating hours",
}
_EXPECTED = r"devrai|attendez-vous|\bshould\b|\bexcellent"
_STATED = r"(\d{1,2})\s*(?:a|to|-|–|et|and|/)\s*(\d{1,2})"
_LABELS: tuple[Mapping[str, int], ...] = (
    {
        "tres insatisfait": 1, "tout a fait insatisfait": 1, "pas du tout satisfait": 1, "very dissatisfied": 1,
        "very unsatisfied": 1, "insatisfait": 2, "plutot insatisfait": 2, "pas satisfait": 2, "peu satisfait": 2,
        "dissatisfied": 2, "unsatisfied": 2, "somewhat dissatisfied": 2, "neutre": 3, "ni satisfait ni insatisfait": 3,
        "neutral": 3, "neither satisfied nor dissatisfied": 3, "satisfait": 4, "plutot satisfait": 4, "satisfied": 4,
        "somewhat satisfied": 4, "tres satisfait": 5, "tout a fait satisfait": 5, "very satisfied": 5,
    },
    {
        "pas du tout d'accord": 1, "tout a fait en desaccord": 1, "strongly disagree": 1, "pas d'accord": 2,
        "plutot pas d'accord": 2, "en desaccord": 2, "disagree": 2, "neutre": 3, "ni d'accord ni pas d'accord": 3,
        "neutral": 3, "neither agree nor disagree": 3, "d'accord": 4, "plutot d'accord": 4, "agree": 4,
        "tout a fait d'accord": 5, "strongly agree": 5,
    },
    {
        "tres difficile": 1, "very difficult": 1, "difficile": 2, "plutot difficile": 2, "difficult": 2, "neutre": 3,
        "neutral": 3, "ni facile ni difficile": 3, "neither easy nor difficult": 3, "facile": 4, "plutot facile": 4,
        "easy": 4, "tres facile": 5, "very easy": 5,
    },
)  # fmt: skip
NO_ANSWER = {
    "n/a", "na", "nc", "nsp", "-", "sans objet", "non concerne", "pas concerne", "ne sais pas", "je ne sais pas",
    "don't know", "not applicable", "no opinion", "sans opinion",
}  # fmt: skip
"""Answers that are none."""
_YES = {"oui": 1, "yes": 1, "non": 0, "no": 0}


@dataclass(frozen=True, slots=True)
class Question:
    """A question that is certain."""

    survey_type: str
    scale: tuple[int, int]
    higher_is_better: bool = True
    dimension: str = ""
    component: str = "perception"
    scores: Mapping[str, int] | None = None
    """Answers in words, as written, and what they count; None: the answers begin with their number."""


@dataclass(frozen=True, slots=True)
class Unclear:
    """A question that is left out, and why."""

    why: str


def plain(text: str) -> str:
    """Words to look for: no accents, no case, straight apostrophes, single blanks, no feminine endings."""
    straight = re.sub(r"\s+", " ", folded(text).replace("’", "'"))
    return re.sub(r"satisfaite?s?(?:\(e\))?", "satisfait", straight).strip(" .!")


def kind_of(text: str) -> str:
    """nps, ces, csat, fcr, comment or a SERVQUAL dimension; empty when the words say none of them."""
    words = plain(text)
    for kind, pattern in (("comment", _COMMENT), ("nps", _NPS), ("fcr", _FCR), ("ces", _CES), ("csat", _CSAT)):
        if re.search(pattern, words):
            return kind
    return next((dimension for dimension, pattern in _DIMENSIONS.items() if re.search(pattern, words)), "")


def read_question(text: str, answers: Mapping[str, int]) -> Question | Unclear:
    """What a question measures; `answers` are counted by their words."""
    kind, words = kind_of(text), plain(text)
    if kind in ("", "comment"):
        return Unclear("its words do not say what it measures")
    dimension = kind if kind in _DIMENSIONS else ""
    component = "expectation" if dimension and re.search(_EXPECTED, words) else "perception"
    answers = {answer: count for answer, count in answers.items() if plain(answer) not in NO_ANSWER}
    labels, scale = _scale(words, answers)
    if isinstance(scale, Unclear):
        return scale
    scores = {answer: labels[plain(answer)] for answer in answers} if labels else None
    if kind == "fcr":
        return Question("fcr", scale, scores=scores) if labels == _YES else Unclear("it is no question by yes or no")
    if labels == _YES:
        return Unclear("it is answered by yes or no")
    if kind == "nps":
        return Question("nps", (0, 10)) if scale[1] == 10 else Unclear("a recommendation goes from 0 to 10")
    if dimension and labels != _LABELS[1] and scale[1] != 7:
        return Unclear("its words may be of SERVQUAL, its answers are no agreement")
    easier, hard = re.search(_EASIER, words), re.search("difficult|difficile", words)
    if kind == "ces" and labels is None and easier and hard:
        return Unclear("its words do not say which end of the scale is easy")
    harder = kind == "ces" and labels is None and not easier
    return Question("servqual" if dimension else kind, scale, not harder, dimension, component, scores)


def _scale(words: str, answers: Mapping[str, int]) -> tuple[Mapping[str, int] | None, tuple[int, int] | Unclear]:
    """The points of answers in words, if they are, and the ends of the scale."""
    if not answers:
        return None, Unclear("nobody answered it")
    spelt = {plain(answer) for answer in answers}
    if spelt <= set(_YES):
        return _YES, (0, 1)
    for labels in _LABELS:
        if spelt <= set(labels):
            if len({labels[answer] for answer in spelt}) < len(spelt):
                return None, Unclear("two of its answers may be the same point of the scale")
            return labels, (1, 5)
    numbers = [re.match(r"\s*(\d{1,2})(?:[.,]0+)?(?:\D|$)", answer) for answer in answers]
    if not all(numbers):
        return None, Unclear("its answers are neither numbers nor the usual words")
    given = [int(number[1]) for number in numbers if number]
    low, high, many = min(given), max(given), sum(answers.values()) >= ENOUGH
    for first, last in re.findall(_STATED, words):
        if int(first) in (0, 1) and int(last) in (5, 7, 10) and int(first) <= low and high <= int(last):
            return None, (int(first), int(last))
    if high > 10:
        return None, Unclear(f"an answer is {high}")
    if re.search(_NPS, words):
        return None, (0, 10) if high > 7 else Unclear("no answer shows that it goes up to 10")
    ends = {5: 5, 6: 7, 7: 7, 8: 10, 9: 10, 10: 10}.get(high)
    if ends is None or not many:
        return None, Unclear(
            f"its {sum(answers.values())} answers do not show where its scale ends; say it in its words"
        )
    return None, (0 if low == 0 else 1, ends)
