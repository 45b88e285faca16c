"""What customers write under their score: sentences about the request, the wait and the person."""

from __future__ import annotations

import numpy as np

from data.sample import world
from data.sample.clock import Bools, Floats, Ints

GLAD, MIXED, ANGRY = range(3)

PERSON = (
    (
        "Conseillère à l’écoute et très aimable.",
        "Réponse claire et rapide, merci.",
        "Un conseiller patient et efficace.",
        "Accueil chaleureux, problème réglé.",
        "Service au top, tout a été expliqué.",
        "Personne très compétente.",
    ),
    (
        "Réponse correcte mais un peu impersonnelle.",
        "Conseiller aimable, solution partielle.",
        "J’ai dû répéter mon problème deux fois.",
        "C’est réglé, sans plus.",
    ),
    (
        "Personne ne prend la peine de lire ma demande.",
        "Réponse toute faite qui ne répond pas à la question.",
        "Conseiller pressé, j’ai été mal renseigné.",
        "On me renvoie d’un service à l’autre.",
    ),
)
SLOW = (
    ("L’attente a été un peu longue mais cela valait la peine.",),
    ("Le délai de réponse est trop long.", "Il a fallu attendre plusieurs jours.", "Bien, mais que c’est lent."),
    (
        "Des jours d’attente pour une réponse.",
        "Délai inadmissible.",
        "J’ai relancé trois fois avant d’avoir un retour.",
    ),
)
BROKEN_AGAIN = (
    "Il a fallu rouvrir ma demande, rien n’était réglé.",
    "Dossier clos sans solution, j’ai dû tout recommencer.",
)
INCIDENT = (
    ("Mon robot fonctionne de nouveau, merci.",),
    ("La mise à jour a bloqué mon robot pendant des jours.", "Échange du robot proposé, mais tard."),
    (
        "Robot en panne après la mise à jour et aucune solution.",
        "Produit défectueux, je veux être remboursé.",
        "Batterie du robot hors service, c’est inacceptable.",
    ),
)
DELIVERY = (
    ("Livraison retrouvée en cinq minutes.", "Le livreur est finalement passé le lendemain.", "Livraison rapide."),
    ("La livraison a du retard mais on m’a tenu informé.", "Suivi du colis peu précis."),
    (
        "Livraison en retard et aucune nouvelle du transporteur.",
        "Colis perdu, personne ne sait où il est.",
        "Colis arrivé abîmé.",
    ),
)
MONEY = (
    ("Facture corrigée tout de suite.", "Remboursement reçu en deux jours."),
    ("Remboursement obtenu, mais après plusieurs échanges.", "Facture difficile à comprendre."),
    ("Toujours pas remboursé.", "Facture fausse pour la deuxième fois.", "On m’a prélevé deux fois."),
)
WEBSITE = (
    ("Compte débloqué, le site est agréable.", "Site simple une fois qu’on connaît."),
    ("Le site n’est pas très clair.", "La connexion au compte est compliquée."),
    ("Le site plante sans arrêt.", "Impossible de se connecter à mon compte."),
)
PRODUCT = (
    ("Très bon produit et bon conseil.", "Appareil réparé comme promis, merci."),
    ("Produit correct, notice incomplète.", "Réparation faite, mais deux semaines sans appareil."),
    ("Le produit est tombé en panne au bout d’un mois.", "Appareil défectueux et garantie refusée."),
)
SELLER = (
    ("Le vendeur a enfin répondu grâce à vous.",),
    ("Le vendeur tarde à répondre.",),
    ("Vendeur injoignable et aucune aide.", "La place de marché protège le vendeur, pas le client."),
)
SUBJECTS = {
    "Suivi de livraison": DELIVERY, "Retard de livraison": DELIVERY, "Colis endommagé": DELIVERY,
    "Retour et remboursement": MONEY, "Facture et paiement": MONEY, "Annulation": MONEY,
    "Compte et connexion": WEBSITE, "Fidélité et avantages": WEBSITE, "Modification de commande": DELIVERY,
    "Conseil avant achat": PRODUCT, "Panne ou défaut": PRODUCT, "Garantie et réparation": PRODUCT,
    "Installation et réglages": PRODUCT, "Litige avec un vendeur": SELLER, "Compte vendeur": SELLER,
}  # fmt: skip
SLOW_FROM_S = 30 * 3_600


def write(
    rng: np.random.Generator, mood: Ints, request: Ints, waited_s: Floats, reopened: Bools, incident: Bools
) -> list[str]:
    """One comment for each answer: one sentence or two that fit its mood and its story."""
    draws = rng.random((len(mood), 4)).tolist()
    rows = zip(mood.tolist(), request.tolist(), (waited_s > SLOW_FROM_S).tolist(), reopened.tolist(),
               incident.tolist(), draws, strict=True)  # fmt: skip
    return [_comment(*row) for row in rows]


def _comment(mood: int, request: int, slow: bool, reopened: bool, incident: bool, draws: list[float]) -> str:
    choice, about_person, first, second = draws
    subject = INCIDENT if incident else SUBJECTS[world.REQUEST_NAMES[request]] if request >= 0 else PERSON
    main = BROKEN_AGAIN if reopened and mood == ANGRY and choice < 0.5 else subject[mood]
    if choice > 0.55 and not incident:
        main = PERSON[mood]
    sentences = [main[int(first * len(main))]]
    extra = SLOW[mood] if slow and mood != GLAD else PERSON[mood]
    if about_person < 0.45 and extra is not main:
        sentences.append(extra[int(second * len(extra))])
    return " ".join(sentences)
