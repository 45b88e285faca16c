"""The words of exports, French and English: how columns and values are called by those who never saw our schema.

Everything is written as `data.sources.looking.folded` does: without case nor accents. A word may stand for several
columns: what the values look like decides (see `data.sources.guessing`).
"""

from __future__ import annotations

from collections.abc import Mapping

from data.privacy import IDENTITIES
from data.schema import Column

MISSING = ("na", "n/a", "#n/a", "-", "--", "?", "null", "none", "nan", "nd", "n.d.")
"""What stands for an empty cell."""
NOBODY = tuple(word for word in MISSING if word not in ("na", "nd", "n.d."))
"""The same, where people and things are named: NA may be somebody's initials."""
LASTING_WORDS = {
    "h": "h|hs?|hrs?|heures?|hours?",
    "min": "m|mn|mins?|minutes?",
    "s": "s|secs?|secondes?|seconds?",
}
"""Units of durations."""

COLUMNS: Mapping[str, Mapping[str, str]] = {
    "tickets": {
        "ticket_id": "ticket id|id|ticket number|number|numero|numero de ticket|n ticket|no ticket|n demande|"
        "case number|reference|"
        "numero de demande|id ticket|ref|key|dossier|numero de dossier|identifiant",
        "created_at": "created|created at|creation date|date created|opened|opened at|date de creation|date creation|"
        "cree le|ouvert le|date d ouverture|date de reception|recu le|received at|date de la demande|created date|"
        "date",
        "initiated_by": "initiated by|opened by type|origine de la demande|initie par",
        "channel": "channel|canal|source|via|contact type|moyen de contact|media|canal d entree|origin|origine",
        "ticket_type": "type|ticket type|nature|issue type|type de demande|type de ticket",
        "request_type": "request type|reason|motif|category|categorie|sujet|subject|topic|motif de contact|tag|theme",
        "priority": "priority|priorite|urgency|urgence|severity|importance",
        "product": "product|produit|gamme|service",
        "customer_id": "customer|customer id|client|requester|requester id|id client|numero client|contact|demandeur|"
        "code client|customer email|email client|caller",
        "team_id": "team|group|equipe|groupe|queue|service|assignment group|equipe en charge|assigned group",
        "agent_id": "agent|assignee|assigned to|conseiller|teleconseiller|owner|traite par|affecte a|"
        "charge de clientele|"
        "gestionnaire|assignee id|operateur",
        "status": "status|statut|state|etat",
        "first_response_at": "first response|first response at|first reply|first reply at|premiere reponse|"
        "date de premiere reponse|date premiere reponse|first responded at|initial response|1ere reponse|repondu le",
        "resolved_at": "resolved|resolved at|solved at|resolution date|closed at|date de resolution|resolu le|"
        "cloture le|date de cloture|date cloture|closed date|date closed|ferme le|closed",
        "merged_into_ticket_id": "merged into|fusionne dans|merged ticket",
        "contact_count": "contacts|contact count|nombre de contacts|nb contacts|number of contacts",
        "exclusion": "exclusion|spam|exclu",
    },
    "interactions": {
        "interaction_id": "call id|interaction id|conversation id|id appel|id|numero d appel|session id|contact id|"
        "unique id|uniqueid|identifiant|id contact|id interaction",
        "ticket_id": "ticket id|ticket|numero de ticket|dossier|case number",
        "customer_id": "customer|caller|caller id|appelant|numero appelant|from|client|ani|calling number|id client",
        "channel": "channel|canal|media|media type|type de media",
        "direction": "direction|sens|call direction|sens de l appel|call type|type d appel",
        "team_id": "queue|queue name|file|file d attente|team|equipe|skill|competence|groupe|campagne|service",
        "agent_id": "agent|agent name|conseiller|user|operateur|answered by|teleconseiller|nom agent|login agent",
        "request_type": "reason|motif|wrap up code|qualification|disposition|motif d appel|sujet",
        "offered_at": "offered at|start|start time|call start|queued at|entered queue|date appel|heure d appel|"
        "date et heure|debut|date de l appel|date debut|call date|called at|date|date heure|started at|horodatage|"
        "heure d arrivee",
        "answered_at": "answered at|answer time|picked up at|decroche|heure de decroche|repondu a|connected at|"
        "answered",
        "ended_at": "ended at|end|end time|call end|fin|heure de fin|date fin|hangup|raccroche|fin d appel|date de fin",
        "outcome": "outcome|result|resultat|status|statut|call status|etat|disposition|call result|issue|"
        "statut de l appel",
        "talk_s": "talk|talk time|talk duration|duree de conversation|duree conversation|temps de conversation|"
        "duree de communication|conversation|communication|dmc|talktime|billsec|duree d appel|duree|duration",
        "hold_s": "hold|hold time|hold duration|mise en attente|duree de mise en attente|temps de garde|garde",
        "wrap_s": "wrap|wrap up|wrap up time|after call work|acw|post appel|post travail|duree post appel|"
        "temps de post travail|administratif|after contact work",
        "converted": "converted|sale|vente|conversion|vendu",
    },
    "surveys": {
        "survey_id": "survey id|response id|id|submission id|token|respondent id|numero|id reponse|id enquete|"
        "invitation",
        "survey_type": "survey type|type d enquete|indicateur|metric|kpi|type",
        "ticket_id": "ticket|ticket id|numero de ticket|case number|dossier",
        "interaction_id": "call id|interaction id|id appel|conversation id",
        "customer_id": "customer|client|email|respondent|id client|customer id|adresse e mail|email address|repondant",
        "team_id": "team|equipe|group|groupe|queue",
        "agent_id": "agent|conseiller|assignee",
        "channel": "channel|canal|media",
        "sent_at": "sent at|sent|envoye le|date d envoi|date envoi|invited at|start date|invitation date|horodateur|"
        "timestamp|submit date|date",
        "responded_at": "responded at|answered at|submitted at|submit date|horodateur|timestamp|repondu le|"
        "date de reponse|date reponse|end date|completed at|date",
        "score": "score|rating|note|nps|csat|ces|satisfaction|evaluation|grade|recommandation|note de satisfaction|"
        "how likely are you to recommend|recommanderiez vous|note nps|effort",
        "comment": "comment|comments|commentaire|commentaires|verbatim|feedback|explication|remarques|why|"
        "pourquoi|avis",
    },
    "orders": {
        "order_id": "order|order id|order number|commande|numero de commande|n commande|id|reference commande|"
        "po number",
        "customer_id": "customer|client|id client|code client|customer id|compte",
        "organisation": "organisation|organization|societe|entite|company|filiale",
        "team_id": "team|equipe|service|groupe",
        "agent_id": "agent|clerk|gestionnaire|saisi par|traite par|adv|operateur",
        "channel": "channel|canal|mode de reception|canal de reception|source|origine",
        "priority": "priority|priorite|urgence",
        "received_at": "received at|received|recu le|date de reception|date reception|order date|date de commande|"
        "date commande|created at|date",
        "decided_at": "decided at|processed at|traite le|date de traitement|validee le|date de validation|"
        "approved at|"
        "date de decision|saisie le",
        "decision": "decision|status|statut|etat|resultat",
        "touchless": "touchless|automatique|sans intervention|auto|straight through",
        "promised_at": "promised at|promised|date promise|livraison prevue|date de livraison prevue|due date|"
        "promesse|eta",
        "delivered_at": "delivered at|delivered|livre le|date de livraison|livraison|date livraison|shipped at",
    },
    "disputes": {
        "dispute_id": "dispute|dispute id|litige|numero de litige|claim number|reclamation|id|"
        "numero de reclamation|n litige",
        "order_id": "order|order id|commande|numero de commande|facture|invoice",
        "customer_id": "customer|client|id client|code client|compte",
        "team_id": "team|equipe|service",
        "agent_id": "agent|gestionnaire|traite par|owner|responsable",
        "cause": "cause|reason|motif|nature|motif du litige|type de litige|root cause",
        "opened_at": "opened at|opened|ouvert le|date d ouverture|created at|date de creation|date du litige|date",
        "resolved_at": "resolved at|resolved|resolu le|closed at|date de cloture|cloture le|solde le|"
        "date de resolution",
        "amount_eur": "amount|montant|valeur|montant conteste|amount eur|montant ht|montant ttc|disputed amount",
    },
    "agent_time": {
        "agent_id": "agent|conseiller|employee|collaborateur|matricule|nom|agent name|login|salarie",
        "work_date": "date|day|jour|work date|journee|date de travail",
        "team_id": "team|equipe|groupe|service",
        "scheduled_s": "scheduled|planifie|temps planifie|heures planifiees|scheduled time|prevu|heures prevues",
        "absent_s": "absent|absence|temps d absence|absences|heures d absence|absence time",
        "paid_s": "paid|paye|heures payees|temps paye|paid time|remunere",
        "logged_s": "logged|login time|temps connecte|temps de connexion|logue|logged in|connexion|staffed time",
        "available_s": "available|disponible|temps disponible|attente|idle|idle time|available time|temps d attente",
        "handling_s": "handling|handle time|temps de traitement|en traitement|production|traitement|handling time",
    },
    "ticket_events": {
        "event_id": "event id|id|history id|audit id|id evenement",
        "ticket_id": "ticket id|ticket|case id|case|numero de ticket|dossier|incident",
        "event_at": "timestamp|time|event at|date|changed at|occurred at|horodatage|date de l evenement|"
        "complete timestamp",
        "event_type": "event|event type|activity|activite|field|champ|action|type|evenement",
        "actor": "actor|author type|acteur|resource type|role|auteur",
        "agent_id": "agent|author|resource|user|changed by|auteur|utilisateur|conseiller",
        "from_value": "from|old value|previous value|ancienne valeur|avant|original value",
        "to_value": "to|new value|value|nouvelle valeur|apres|valeur",
    },
    "self_service_sessions": {
        "session_id": "session id|session|visit id|id visite|id",
        "visitor_id": "visitor id|visitor|visiteur|client id|user id|cookie|internaute",
        "customer_id": "customer|client|id client",
        "tool": "tool|outil|channel|canal|bot|source",
        "request_type": "topic|motif|intent|intention|reason|sujet",
        "started_at": "started at|start|debut|date|start time|date de visite|timestamp",
        "ended_at": "ended at|end|fin|end time",
        "clicks": "clicks|clics|pages|page views|pages vues|nombre de clics",
        "found_at": "found at|trouve a|resolved at",
        "resolved": "resolved|resolu|solved|utile|helpful|probleme resolu",
        "escalated_ticket_id": "ticket|ticket id|escalated ticket|escalade",
    },
    "costs": {
        "cost_id": "cost id|id|line|ligne|ecriture|numero",
        "month": "month|mois|period|periode|date",
        "organisation": "organisation|organization|societe|entite|company",
        "team_id": "team|equipe|centre de cout|cost center|service",
        "channel": "channel|canal",
        "category": "category|categorie|nature|type|poste|compte",
        "amount_eur": "amount|montant|cost|cout|amount eur|montant ht|total|euros",
    },
    "transcripts": {
        "interaction_id": "interaction id|call id|conversation id|id appel|id",
        "text": "transcript|text|texte|transcription|content|conversation|dialogue|message",
        "lang": "lang|language|langue|locale",
    },
    "agents": {
        "agent_id": "agent id|agent|login|matricule|id|id agent|employee id",
        "display_name": "name|nom|full name|nom complet|nom prenom|display name|prenom nom",
        "team_id": "team|equipe|group|groupe|service",
        "role": "role|fonction|poste|profile|profil",
        "hired_on": "hired on|hire date|date d entree|embauche le|date d embauche|start date|entree",
        "left_on": "left on|end date|date de sortie|sorti le|date de depart|sortie",
    },
    "customers": {
        "customer_id": "customer id|customer|client|id client|numero client|code client|id|account",
        "acquired_at": "acquired at|customer since|client depuis|date de souscription|created at|date de creation|"
        "signup date",
        "churned_at": "churned at|resilie le|date de resiliation|end date|cancelled at|date de depart",
        "segment": "segment|type de client|categorie|tier|segmentation",
    },
    "teams": {
        "team_id": "team id|team|equipe|code equipe|group|groupe|id",
        "name": "name|nom|libelle|team name|nom de l equipe",
        "site": "site|location|lieu|plateau|ville",
        "organisation": "organisation|organization|societe|entite|prestataire|company",
        "calendar_id": "calendar|calendrier|horaires|business hours",
        "hourly_cost_eur": "hourly cost|cout horaire|taux horaire|hourly rate",
    },
}
"""Table -> column -> what exports call it, separated by |; the table's own names are known besides."""

_CHANNELS = {
    "phone": "phone|telephone|tel|voice|call|appel|appels|voix|inbound call|appel entrant|telephony",
    "click_to_talk": "click to talk|click to call|webcallback|web callback|rappel web|callback web",
    "chat": "chat|live chat|tchat|messenger chat|messaging|web chat|native messaging",
    "email": "email|e mail|mail|courriel|mel|mails|emails|messagerie",
    "web_form": "web form|web|form|formulaire|formulaire web|portal|portail|site web|self service|internet|"
    "formulaire de contact",
    "facebook": "facebook|fb|messenger|facebook messenger",
    "x_twitter": "x twitter|twitter|x|tweet",
    "instagram": "instagram|insta|ig",
    "whatsapp": "whatsapp|wa",
    "sms": "sms|text message|texto",
    "post": "post|courrier|letter|lettre|mail postal|papier|fax",
    "marketplace": "marketplace|amazon|cdiscount|fnac|ebay|place de marche",
    "visit": "visit|visite|boutique|agence|store|shop|walk in|accueil|magasin|guichet",
    "other": "other|autre|autres|divers",
}
_PRIORITIES = {
    "low": "low|basse|bas|faible|lowest|mineure|minor|p4|4|4 low|trivial|p5|planning",
    "normal": "normal|normale|medium|moyenne|moyen|standard|p3|3|3 moderate|moderate|courante",
    "high": "high|haute|haut|elevee|eleve|importante|major|majeure|p2|2|2 high|forte",
    "urgent": "urgent|urgente|critical|critique|highest|p1|1|1 critical|blocker|bloquante|tres haute|immediate",
}

VALUES: Mapping[str, Mapping[str, str]] = {
    "channel": _CHANNELS,
    "orders.channel": {
        "email": _CHANNELS["email"],
        "fax": "fax|telecopie",
        "edi": "edi|edifact|idoc",
        "phone": _CHANNELS["phone"],
        "portal": "portal|portail|web|site web|e commerce|internet|web form|webshop",
        "post": "post|courrier|letter|lettre|papier",
        "sales_rep": "sales rep|commercial|representant|vrp|sales|force de vente",
        "marketplace": _CHANNELS["marketplace"],
        "other": _CHANNELS["other"],
    },
    "priority": _PRIORITIES,
    "status": {
        "new": "new|nouveau|nouvelle|recu|received|a traiter|unassigned|non affecte",
        "open": "open|ouvert|ouverte|en cours|in progress|assigned|affecte|work in progress|reopened|rouvert|to do|"
        "active|en traitement",
        "pending": "pending|en attente|en attente client|waiting for customer|waiting on customer|awaiting user info|"
        "attente client|en attente du client|pending customer|snoozed",
        "on_hold": "on hold|hold|suspendu|en pause|waiting|en attente interne|escalated|waiting on third party|"
        "en attente fournisseur|bloque|waiting for support",
        "solved": "solved|resolved|resolu|resolue|traite|traitee|done|fixed|termine|terminee",
        "closed": "closed|clos|close|ferme|fermee|cloture|cloturee|cancelled|annule|annulee|archive",
    },
    "ticket_type": {
        "question": "question|inquiry|information|renseignement|demande d information",
        "request": "request|demande|service request|task|tache|feature request|demande de service",
        "incident": "incident|problem|probleme|bug|panne|defect|anomalie",
        "complaint": "complaint|reclamation|plainte|litige|insatisfaction",
        "other": "other|autre|autres|divers",
    },
    "direction": {
        "inbound": "inbound|in|incoming|entrant|entrante|appel entrant|recu|e|received|reception",
        "outbound": "outbound|out|outgoing|sortant|sortante|appel sortant|emis|s|emission|dialed",
    },
    "outcome": {
        "answered": "answered|answer|decroche|repondu|traite|completed|connected|abouti|servi|pris|handled|ok|complete",
        "abandoned": "abandoned|abandon|abandonne|no answer|missed|manque|perdu|raccroche|not answered|non decroche|"
        "non repondu|unanswered|hangup",
        "overflow": "overflow|debordement|deborde|transferred out|overflowed|exitwithtimeout|timeout",
        "callback": "callback|rappel|rappel demande|call back|rappele",
        "voicemail": "voicemail|messagerie|repondeur|message vocal|boite vocale",
        "dissuaded": "dissuaded|dissuade|dissuasion|busy|occupe|rejected|rejete|congestion|ferme|closed",
        "selfcare": "selfcare|self care|svi|ivr|serveur vocal|self service",
        "bot": "bot|chatbot|robot|callbot|voicebot",
    },
    "exclusion": {
        "spam": "spam|indesirable|junk|pourriel",
        "test": "test|essai",
        "duplicate": "duplicate|doublon|dup|double",
        "deleted": "deleted|supprime|supprimee|trash|corbeille",
        "courtesy": "courtesy|courtoisie|remerciement|thanks",
    },
    "survey_type": {
        "csat": "csat|satisfaction|customer satisfaction|satisfaction client",
        "nps": "nps|net promoter score|recommandation|recommendation",
        "ces": "ces|effort|customer effort score|effort client",
        "servqual": "servqual|qualite de service",
        "fcr": "fcr|first contact resolution|resolution au premier contact",
    },
    "decision": {
        "approved": "approved|approuve|approuvee|accepte|acceptee|valide|validee|confirmed|saisie|processed|"
        "traitee|traite",
        "rejected": "rejected|rejete|rejetee|refuse|refusee|declined",
        "cancelled": "cancelled|canceled|annule|annulee",
    },
    "tool": {
        "faq": "faq|foire aux questions",
        "help_centre": "help centre|help center|centre d aide|knowledge base|base de connaissances|aide en ligne",
        "customer_space": "customer space|espace client|my account|mon compte|portal|portail",
        "forum": "forum|community|communaute",
        "chatbot": "chatbot|bot|assistant|assistant virtuel",
        "ivr": "ivr|svi|serveur vocal",
    },
    "role": {
        "agent": "agent|conseiller|teleconseiller|cc|advisor|light agent|operateur",
        "order_clerk": "order clerk|gestionnaire|adv|gestionnaire adv|order desk",
        "supervisor": "supervisor|superviseur|manager|responsable|admin|team leader|chef d equipe|encadrant",
        "bot": "bot|robot|automate|system",
    },
    "event_type": {
        "status": "status|statut|etat|state|status change",
        "public_reply": "public reply|reply|reponse|comment|commentaire|public comment|reponse publique|responded",
        "auto_reply": "auto reply|auto response|accuse de reception|reponse automatique",
        "customer_message": "customer message|message client|relance client|customer reply",
        "note": "note|private comment|internal note|note interne|work notes",
        "priority": "priority|priorite",
        "team": "team|group|equipe|groupe|assignment group|transfer|transfert",
        "agent": "agent|assignee|assigned to|affectation|conseiller",
        "merged": "merged|merge|fusion|fusionne",
    },
    "actor": {
        "agent": "agent|conseiller|admin|user|technician",
        "customer": "customer|client|end user|requester|demandeur",
        "system": "system|systeme|automation|automate|trigger|workflow",
        "bot": "bot|robot|chatbot",
    },
    "initiated_by": {
        "customer": "customer|client|end user|requester",
        "agent": "agent|conseiller",
        "system": "system|systeme|automation",
    },
}
"""Column (or table.column) -> value of the schema -> what exports write for it, separated by |."""


def signs_of_nothing(column: Column) -> tuple[str, ...]:
    """The words that stand for an empty cell in a column, however they are capitalised; none in free text and names,
    where they may mean something."""
    if column.type == "TEXT" and not column.values and column.name not in IDENTITIES:
        return ()
    words = NOBODY if column.name in IDENTITIES else MISSING
    forms = {"nan": {"NaN"}}
    return tuple(
        each for word in words for each in sorted({word, word.upper(), word.capitalize(), *forms.get(word, ())})
    )
