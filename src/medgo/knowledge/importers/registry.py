"""All importers, and which of them knows a file. Reads no more of a file than recognising takes."""

from __future__ import annotations

from pathlib import Path

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.importers.ddxplus import DdxPlusImporter
from medgo.knowledge.importers.gnuhealth import GnuHealthImporter
from medgo.knowledge.importers.hpo_zh import HpoChineseImporter
from medgo.knowledge.importers.icd10_cn import ChineseIcd10Importer
from medgo.knowledge.importers.loinc import LoincImporter
from medgo.knowledge.importers.mesh import MeshImporter
from medgo.knowledge.importers.orphanet import OrphanetImporter
from medgo.knowledge.importers.protocol import Importer
from medgo.knowledge.importers.rxnorm import RxNormImporter
from medgo.knowledge.importers.snomed import SnomedImporter
from medgo.knowledge.importers.umls import UmlsImporter

IMPORTERS: tuple[Importer, ...] = (
    HpoChineseImporter(),
    ChineseIcd10Importer(),
    GnuHealthImporter(),
    UmlsImporter(),
    SnomedImporter(),
    RxNormImporter(),
    MeshImporter(),
    LoincImporter(),
    OrphanetImporter(),
    DdxPlusImporter(),
)


def importer(name: str) -> Importer:
    """The importer of that name.

    Raises:
        KnowledgeSourceError: There is none; the hint names all.
    """
    for candidate in IMPORTERS:
        if candidate.name == name:
            return candidate
    names = ", ".join(candidate.name for candidate in IMPORTERS)
    raise KnowledgeSourceError(f"no importer is called {name!r}", hint=f"one of: {names}")


def detect(path: Path) -> Importer:
    """The importer that recognises a file or folder.

    Raises:
        KnowledgeSourceError: It does not exist, or none or several recognise it.
    """
    if not path.exists():
        raise KnowledgeSourceError(f"{path} does not exist", hint="check the path")
    found = [candidate for candidate in IMPORTERS if candidate.recognises(path)]
    if len(found) == 1:
        return found[0]
    if found:
        names = ", ".join(candidate.name for candidate in found)
        raise KnowledgeSourceError(f"{path} could be several things", hint=f"say what it is with --as: {names}")
    known = "; ".join(f"{candidate.name} = {candidate.title}" for candidate in IMPORTERS)
    raise KnowledgeSourceError(
        f"{path} is no vocabulary that MedGo knows",
        hint=f"known are (docs/knowledge.md says where to get them): {known}",
    )
