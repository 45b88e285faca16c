"""What the sources of calls have in common."""

from __future__ import annotations


def caller_sql(number: str) -> str:
    """SQL of a telephone number written one way (+33123456789, from `tel:` and `sip:` addresses too); NULL for a
    withheld one ("anonymous") and for an internal extension: all who hide theirs are not one customer."""
    found = rf"regexp_extract(split_part({number}, '@', 1), '\+?\d[\d .()/-]{{4,}}\d')"
    return rf"nullif(regexp_replace({found}, '[^\d+]', '', 'g'), '')"


def epoch_sql(seconds: str) -> str:
    """SQL of the instant, naive UTC, of a text of seconds since 1970; NULL for 0 and for what is no number."""
    return f"make_timestamp(nullif(TRY_CAST({seconds} AS DOUBLE), 0)::BIGINT * 1000000)"
