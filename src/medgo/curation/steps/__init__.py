"""Steps over single documents, by the name that recipes give them."""

from __future__ import annotations

from medgo.curation.steps.language import Language
from medgo.curation.steps.licence import Licence
from medgo.curation.steps.normalise import Normalise
from medgo.curation.steps.quality import Quality
from medgo.curation.steps.residue import Residue
from medgo.curation.steps.retraction import Retraction

STEPS = {kind.name: kind for kind in (Normalise, Language, Quality, Licence, Retraction, Residue)}

__all__ = ["STEPS", "Language", "Licence", "Normalise", "Quality", "Residue", "Retraction"]
