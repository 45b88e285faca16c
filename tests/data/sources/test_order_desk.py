"""Lists of an order desk. They are of no vendor: headers as people write them, in French and in English."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from tests.data.sources.exports import Room, counts

ORDERS = """N° de commande;Date de réception;Canal;Priorité;Statut;Date de traitement;Client;Gestionnaire;Automatique;\
Livraison prévue;Date de livraison
C1;28/03/2026 09:05;E-mail;Haute;Validée;28/03/2026 11:00;Ann;Bo;non;30/03/2026;31/03/2026
C2;29/03/2026 09:05;EDI;;Refusée;29/03/2026 09:06;Ann;Bo;oui;;
C3;29/03/2026 09:05;Télécopie;;En cours;;Cy;Bo;;;
C4;29/03/2026 09:05;Portail;;Test;;Cy;Bo;;;
C5;29/03/2026 09:05;Portail;;Validée;;Cy;Bo;;;
C6;29/03/2026 09:05;Pigeon;;En cours;;Cy;Bo;;;
"""


def test_a_french_list_of_orders(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    report = room.take(ORDERS.encode("cp1252"))["orders"]
    assert (counts(report), room.source()) == ((4, 0, 0, 2), "order_desk")
    said = [(reject.column, reject.value) for reject in report.rejects]
    assert said == [(None, None), ("channel", "pigeon")], "a decision without its day, a channel of one's own"
    sql = (
        "SELECT order_id, channel, priority, received_at, decided_at, decision, touchless, promised_at, exclusion "
        "FROM orders ORDER BY 1"
    )
    at = datetime(2026, 3, 29, 7, 5)
    assert room.rows(sql) == [
        ("C1", "email", "high", datetime(2026, 3, 28, 8, 5), datetime(2026, 3, 28, 10), "approved", False,
         datetime(2026, 3, 29, 22), None),
        ("C2", "edi", "normal", at, datetime(2026, 3, 29, 7, 6), "rejected", True, None, None),
        ("C3", "fax", "normal", at, None, None, False, None, None),
        ("C4", "portal", "normal", at, None, None, False, None, "test"),
    ]  # fmt: skip
    assert counts(room.take(ORDERS)["orders"]) == (0, 0, 4, 2)
    done = ORDERS.replace("C3;29/03/2026 09:05;Télécopie;;En cours;", "C3;29/03/2026 09:05;Fax;;Annulée;30/03/2026")
    assert counts(room.take(done)["orders"]) == (0, 1, 3, 2)


def test_a_day_of_treatment_alone_does_not_say_that_an_order_was_accepted(tmp_path: Path) -> None:
    room = Room(tmp_path)
    report = room.take("Order number,Received,Channel,Processed at\nC1,2026-03-28 09:05,email,2026-03-28 10:00\n")
    assert report["orders"].notes == (
        "the list says when orders were treated, not what was decided: decisions are left out",
    )
    assert room.rows("SELECT decided_at, decision FROM orders") == [(None, None)]


def test_lines_and_disputes_with_amounts_as_people_write_them(tmp_path: Path) -> None:
    room = Room(tmp_path, "Europe/Paris")
    lines = (
        "Commande;Ligne;Article;Désignation;Quantité;Quantité livrée;Montant HT\n"
        "C1;1;A-7;Vis;1 000;900,5;1 234,50 €\nC1;2;A-8;Clou;2;;3\n"
    )
    lines += "C1;3;A-9;Clou;2;;1,234.50\nC1;4;A-9;Clou;2;;1,234\n"
    report = room.take(lines)["order_lines"]
    assert counts(report) == (3, 0, 0, 1)
    assert report.rejects[0].value == "1,234 (thousands or decimals?)"
    sql = "SELECT line_no, product_id, quantity, quantity_delivered, amount_eur FROM order_lines ORDER BY 1"
    assert room.rows(sql) == [(1, "A-7", 1000, 900.5, 1234.5), (2, "A-8", 2, None, 3), (3, "A-9", 2, None, 1234.5)]
    disputes = (
        "Numéro de litige;Commande;Ouvert le;Motif;Montant contesté;Date de clôture;Statut\n"
        "L1;C1;28/03/2026;Prix;12,50;29/03/2026;Clos\nL2;C1;28/03/2026;Prix;;;Doublon\n"
    )
    assert counts(room.take(disputes)["disputes"]) == (2, 0, 0, 0)
    sql = "SELECT dispute_id, order_id, cause, amount_eur, resolved_at, exclusion FROM disputes ORDER BY 1"
    end = datetime(2026, 3, 28, 23)
    assert room.rows(sql) == [("L1", "C1", "Prix", 12.5, end, None), ("L2", "C1", "Prix", None, None, "duplicate")]


def test_the_schema_s_own_columns_are_read_as_such(tmp_path: Path) -> None:
    room = Room(tmp_path)
    room.take("order_id,received_at,channel\nC1,2026-03-28T09:05:00Z,email\n", "orders.csv")
    assert room.source() == "canonical"
