"""Derived tables of what customers say: survey answers, and the topics they mention."""

from __future__ import annotations

from data.schema.model import Column, Table, at_, id_

SCORE_GROUPS = (
    *("promoter", "passive", "detractor"),
    *("satisfied", "not_satisfied"),
    *("low_effort", "high_effort"),
    *("solved", "not_solved"),
)

TABLES: tuple[Table, ...] = (
    Table(
        "survey_facts", "derived", "One row a survey question with its normalised score.", ("survey_id", "item"),
        (
            id_("survey_id", "Invitation."),
            Column("item", "TEXT", "Question."),
            Column("survey_type", "TEXT", "csat, nps, ces, servqual or fcr."),
            Column("dimension", "TEXT", "SERVQUAL dimension."),
            Column("component", "TEXT", "SERVQUAL component."),
            id_("ticket_id", "Ticket."),
            id_("interaction_id", "Interaction."),
            id_("customer_id", "Customer."),
            id_("team_id", "Team judged."),
            id_("agent_id", "Agent judged."),
            Column("channel", "TEXT", "Channel."),
            Column("request_type", "TEXT", "Reason, through the ticket.", known_at="ticket_at"),
            Column("product", "TEXT", "Product, through the ticket.", known_at="ticket_at"),
            at_("ticket_at", "Creation of the ticket.", known_at="ticket_at"),
            at_("sent_at", "Invitation."),
            Column("sent_on", "DATE", "Its local date."),
            Column("sent_hour", "INTEGER", "Its local hour."),
            Column("is_invitation", "BOOLEAN", "True on one row of each invitation, its first item."),
            at_("invitation_responded_at", "First answer to any question of the invitation.",
                known_at="invitation_responded_at"),
            at_("responded_at", "Answer.", known_at="responded_at"),
            Column("responded_on", "DATE", "Its local date.", known_at="responded_at"),
            Column("responded_hour", "INTEGER", "Its local hour.", known_at="responded_at"),
            Column("score", "DOUBLE", "Answer on its own scale.", known_at="responded_at"),
            Column("scale_min", "DOUBLE", "Lowest possible answer."),
            Column("scale_max", "DOUBLE", "Highest possible answer."),
            Column("higher_is_better", "BOOLEAN", "Direction of the scale."),
            Column("score_share", "DOUBLE", "(score - min) / (max - min); NULL off the scale.",
                   known_at="responded_at"),
            Column("comment", "TEXT", "What the customer wrote.", known_at="responded_at"),
            Column("commented", "BOOLEAN", "The comment has more than white space.", known_at="responded_at"),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("responded_at", "survey_id", "item"),
        born_at="sent_at",
    ),
    Table(
        "topic_mentions", "derived",
        "One row a document (a comment of a survey answer, or a transcript), without topic, and one row more for "
        "each topic that it mentions, whatever the number of times.",
        ("corpus", "document_id", "item", "topic"),
        (
            Column("corpus", "TEXT", "Where the document comes from.", values=("comments", "transcripts")),
            id_("document_id", "Invitation of the comment; interaction of the transcript."),
            Column("item", "TEXT", "Question under which the comment was written."),
            Column("topic", "TEXT", "Topic mentioned; empty on the row that stands for the document."),
            at_("said_at", "Answer to the survey; entry of the contact in the queue."),
            Column("said_on", "DATE", "Its local date."),
            at_("born_at", "said_at, or the invitation when a source dates it after its answer."),
            Column("channel", "TEXT", "Channel."),
            id_("team_id", "Team."),
            id_("agent_id", "Agent."),
            Column("request_type", "TEXT", "Reason: that of the contact, or through the ticket of the answer.",
                   known_at="request_at"),
            at_("request_at", "From when the reason is known.", known_at="request_at"),
            Column("product", "TEXT", "Product, through the ticket.", known_at="ticket_at"),
            at_("ticket_at", "Creation of the ticket.", known_at="ticket_at"),
            Column("score_group", "TEXT",
                   "The answer beside the comment, judged as its KPI does (NPS, CSAT, CES, declared FCR); empty off "
                   "its scale, for SERVQUAL and for transcripts.", values=SCORE_GROUPS),
            Column("exclusion", "TEXT", "Why the row is out of every KPI."),
        ),
        order_by=("corpus", "said_at", "document_id", "item", "topic"),
        born_at="born_at",
    ),
)  # fmt: skip
