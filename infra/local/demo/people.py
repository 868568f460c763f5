"""Invented people and firms of the demo: staff, shoppers, restaurants that buy cakes by the dozen."""
from __future__ import annotations

from dataclasses import dataclass

PASSWORD = "Buche-glacee-2026"  # noqa: S105
"""The demo login of every role; the server listens on this machine alone."""

STAFF = (
    ("camille@maison-givree.example", "Camille Morel", "owner"),
    ("ines@maison-givree.example", "Inès Garnier", "sales"),
    ("bastien@maison-givree.example", "Bastien Roux", "warehouse"),
    ("nadia@maison-givree.example", "Nadia Benali", "accountant"),
    ("hugo@maison-givree.example", "Hugo Perrin", "read_only"),
)

ASSISTANT = ("lea@maison-givree.example", "Léa Fontaine")
"""Works in the boutique of Lyon, with a role of the company's own."""

FIRST_NAMES = ("Léa", "Jules", "Chloé", "Adam", "Manon", "Louis", "Sarah", "Gabriel", "Jeanne", "Raphaël", "Alice", "Nathan",
               "Emma", "Hugo", "Zoé", "Arthur", "Inès", "Tom", "Louise", "Noé")
LAST_NAMES = ("Lefèvre", "Martin", "Bernard", "Dubois", "Moreau", "Laurent", "Simon", "Michel", "Garcia", "Fontaine",
              "Chevalier", "Roussel", "Mercier", "Faure", "Blanchard", "Guérin", "Boyer", "Lopez", "Marchand", "Renaud")
TOWNS = (("Annecy", "74000"), ("Lyon", "69003"), ("Grenoble", "38000"), ("Chambéry", "73000"), ("Paris", "75011"),
         ("Dijon", "21000"), ("Marseille", "13006"), ("Nantes", "44000"), ("Strasbourg", "67000"), ("Toulouse", "31000"))
STREETS = ("rue des Alpes", "avenue de la Gare", "rue Sainte-Claire", "quai des Marquisats", "rue de la Paix",
           "boulevard du Lac", "place des Cordeliers", "chemin du Belvédère")


@dataclass(frozen=True, slots=True)
class Firm:
    """A customer that buys for its own tables; the SIREN passes its check and is nobody's."""

    name: str
    siren: str
    town: int


FIRMS = (
    Firm("Hôtel du Lac Bleu", "808080808", 0),
    Firm("Brasserie des Halles", "818181802", 1),
    Firm("Traiteur Vallier", "828282806", 2),
    Firm("Les Tables de Savoie", "838383800", 3),
    Firm("Comité Fêtes & Cie", "848484804", 4),
)
