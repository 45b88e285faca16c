"""Transcripts of some recent calls: a greeting, the question, the answer, the end."""

from __future__ import annotations

import duckdb
import numpy as np
import pyarrow as pa

from data.sample import world
from data.sample.clock import DAY, Timeline
from data.sample.columns import MISSING, constant, insert, labels, stream
from data.sample.legs import CHANNEL, OUTCOME, Legs

TRANSCRIBED_SHARE, TRANSCRIBED_DAYS = 0.10, 180
"""Recordings, and what is derived from them, are kept for six months."""

OPENINGS = (
    "Bonjour, bienvenue chez Ondine, que puis-je faire pour vous ?",
    "Service clients Ondine, bonjour, je vous écoute.",
    "Bonjour, vous êtes en ligne avec le service clients, comment puis-je vous aider ?",
)
QUESTIONS = {
    "Suivi de livraison": "Je voudrais savoir où en est la livraison de ma commande.",
    "Retard de livraison": "Ma livraison a du retard et le transporteur ne répond pas, cela fait une semaine.",
    "Colis endommagé": "J’ai reçu mon colis endommagé, l’emballage était ouvert et le produit cassé.",
    "Retour et remboursement": "J’ai renvoyé un article et j’attends toujours le remboursement.",
    "Facture et paiement": "Il y a une erreur sur ma facture, le montant prélevé n’est pas le bon.",
    "Compte et connexion": "Je n’arrive plus à me connecter à mon compte sur le site.",
    "Conseil avant achat": "J’hésite entre deux modèles et j’aimerais un conseil avant d’acheter.",
    "Modification de commande": "Je voudrais changer l’adresse de livraison de ma commande.",
    "Annulation": "Je souhaite annuler ma commande, elle n’est pas encore partie.",
    "Fidélité et avantages": "Mes points de fidélité n’apparaissent pas.",
    "Panne ou défaut": "L’appareil ne démarre plus, je crois que la batterie est en panne.",
    "Garantie et réparation": "Mon produit est sous garantie et je voudrais une réparation.",
    "Installation et réglages": "Je n’arrive pas à faire les réglages de l’appareil.",
    "Litige avec un vendeur": "Le vendeur ne répond plus et je n’ai pas reçu l’article.",
    "Compte vendeur": "Je suis vendeur et mon versement n’est pas arrivé.",
}
ANSWERS = (
    "Je regarde votre dossier. Voilà, c’est fait, vous recevez un message de confirmation.",
    "Je comprends, je fais le nécessaire tout de suite et je vous rappelle si besoin.",
    "Je transmets à mon collègue du service concerné, il vous répondra sous quarante-huit heures.",
    "Merci de votre patience, j’ai trouvé le problème et je l’ai corrigé.",
)
ENDINGS = (
    "Merci beaucoup, bonne journée.",
    "D’accord, merci, au revoir.",
    "Bon, j’espère que ce sera la dernière fois.",
)


def fill(
    con: duckdb.DuckDBPyConnection, timeline: Timeline, legs: Legs, ids: list[str], import_id: str, seed: int
) -> None:
    """Write the transcripts of answered calls; `ids` are those of the legs."""
    rng = stream(seed, "transcripts")
    spoken = (legs.outcome == OUTCOME["answered"]) & (legs.channel == CHANNEL["phone"]) & (legs.request != MISSING)
    recent = (legs.offered >= timeline.end - TRANSCRIBED_DAYS * DAY) & (legs.ended < timeline.end)
    which = np.flatnonzero(spoken & recent & (rng.random(len(legs)) < TRANSCRIBED_SHARE))
    which = which if len(which) else np.flatnonzero(spoken)[:1]
    picks = (rng.integers(0, len(lines), len(which)).tolist() for lines in (OPENINGS, ANSWERS, ENDINGS))
    texts = [
        f"Conseiller : {OPENINGS[a]}\nClient : {QUESTIONS[world.REQUEST_NAMES[r]]}\n"
        f"Conseiller : {ANSWERS[b]}\nClient : {ENDINGS[c]}"
        for r, a, b, c in zip(legs.request[which].tolist(), *picks, strict=True)
    ]
    insert(con, "transcripts", {
        "interaction_id": labels(which, ids), "text": pa.array(texts), "lang": constant("fr", len(which)),
        "_import_id": constant(import_id, len(which)),
    })  # fmt: skip
