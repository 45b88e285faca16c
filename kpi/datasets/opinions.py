"""What customers say: survey answers, and the topics of comments and transcripts."""

from __future__ import annotations

from kpi.datasets.model import TEAM_DIMENSIONS, Dataset, Time, same

_ABOUT = {**same("channel", "team_id", "agent_id", "request_type", "product"), **TEAM_DIMENSIONS}

SURVEYS = Dataset(
    "surveys",
    table="survey_facts",
    id=("survey_id", "item"),
    times={
        "responded": Time("responded_at", "responded_on", "responded_hour"),
        "sent": Time("sent_at", "sent_on", "sent_hour"),
    },
    dimensions=_ABOUT,
    born_at="sent_at",
    known_at={
        **dict.fromkeys(("request_type", "product", "ticket_at"), "ticket_at"),
        "invitation_responded_at": "invitation_responded_at",
        **dict.fromkeys(
            ("responded_at", "responded_on", "responded_hour", "score", "score_share", "comment", "commented"),
            "responded_at",
        ),
    },
    needs_mask=True,
)

MENTIONS = Dataset(
    "mentions",
    table="topic_mentions",
    id=("corpus", "document_id", "item", "topic"),
    times={"said": Time("said_at", "said_on")},
    dimensions={**_ABOUT, "score_group": "score_group"},
    born_at="born_at",
    known_at={
        **dict.fromkeys(("request_type", "request_at"), "request_at"),
        **dict.fromkeys(("product", "ticket_at"), "ticket_at"),
    },
    needs_mask=True,
)

DATASETS = (SURVEYS, MENTIONS)
