"""A small invented vocabulary as a reader, and files in the formats of HPO with invented content."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from medgo.errors import KnowledgeSourceError
from medgo.knowledge.sources.reader import Label, Statement
from medgo.schema import Concept, KnowledgeSource, Lang, Name, NameRole, Relation


@dataclass
class SmallReader:
    """Says what it was given; ``fails_after`` so many statements, as a damaged file does."""

    id: str
    statements: Sequence[Statement]
    paths: tuple[Path, ...] = ()
    fails_after: int = -1
    version: str = "1"
    share: bool = True
    reads: int = 0

    @property
    def source(self) -> KnowledgeSource:
        return KnowledgeSource(
            self.id, f"Vocabulary {self.id}", self.version, f"Licence of {self.id}", "", share=self.share
        )

    def files(self) -> tuple[Path, ...]:
        return self.paths

    def read(self) -> Iterator[Statement]:
        self.reads += 1
        for place, statement in enumerate(self.statements):
            if place == self.fails_after:
                raise KnowledgeSourceError(f"small.txt:{place}: damaged", hint="get it again")
            yield statement


def name(text: str, lang: Lang = "en", role: NameRole = "preferred", source: str = "small") -> Name:
    return Name(text, lang, role, source)


def statements() -> list[Statement]:
    """Signs in a hierarchy with Chinese labels, two diseases, a drug; ``STATE:pregnancy`` is no concept."""
    return [
        Concept("HP:1", "class", (name("All"),), "small"),
        Concept("HP:2", "sign", (name("Pain"), name("疼痛", "zh")), "small", "It hurts."),
        Concept("HP:3", "sign", (name("Abdominal pain"), name("Bellyache", role="colloquial")), "small"),
        Concept("HP:4", "sign", (name("Headache"),), "small", attributes={"alt_ids": ["HP:44"]}),
        Concept("HP:5", "sign", (name("Diarrhea"), name("腹泻", "zh")), "small"),
        Concept("ICD10CM:E11.9", "disease", (name("Type 2 diabetes mellitus without complications"),), "small"),
        Concept("DISEASE:colic", "disease", (name("Sjögren's colic"), name("绞痛", "zh")), "small"),
        Concept("DRUG:a", "drug", (name("Alphamycin"), name("ＡＢ霉素", "zh")), "small", attributes={"doses": [1, 2]}),
        Label("HP:3", name("腹痛", "zh")),
        Label("HP:4", name("头痛", "zh")),
        Label("HP:999", name("无主", "zh")),
        Relation("HP:2", "is_a", "HP:1", "small"),
        Relation("HP:3", "is_a", "HP:2", "small"),
        Relation("HP:4", "is_a", "HP:2", "small"),
        Relation("HP:5", "is_a", "HP:1", "small"),
        Relation("DISEASE:colic", "has_sign", "HP:3", "small", {"frequency": "3/4", "low": 0.75, "high": 0.75}),
        Relation("DISEASE:colic", "has_sign", "HP:5", "small", {"frequency": "1/4", "low": 0.25, "high": 0.25}),
        Relation("DRUG:a", "contraindicated_in", "STATE:pregnancy", "small", {"severity": "high"}),
    ]


OBO = """format-version: 1.2
data-version: hp/releases/2031-02-03
ontology: hp.obo

[Term]
id: HP:0000001
name: All

[Term]
id: HP:0000118
name: Phenotypic abnormality
is_a: HP:0000001 ! All

[Term]
id: HP:9000001
name: Blue ear
alt_id: HP:9000091
def: "An ear that is \\"blue\\"." [invented:1]
synonym: "Azure ear" EXACT []
synonym: "Blue ears" EXACT plural_form []
synonym: "Ear like the sky" EXACT layperson []
synonym: "BE" EXACT abbreviation []
synonym: "Ear colour" BROAD []
synonym: "Withdrawn ear" EXACT obsolete_synonym []
xref: UMLS:C0000001
is_a: HP:0000118 {xref="x"} ! Phenotypic abnormality

[Term]
id: HP:9000002
name: Dark blue ear
is_a: HP:9000001 ! Blue ear

[Term]
id: HP:9000003
name: obsolete Green ear
is_obsolete: true

[Term]
id: HP:0003674
name: Onset
is_a: HP:0000001 ! All

[Term]
id: HP:0003577
name: Congenital onset
is_a: HP:0003674 ! Onset

[Term]
id: HP:0003676
name: Progressive
is_a: HP:0000001 ! All

[Typedef]
id: part_of
name: part of
"""
_HEAD = "database_id disease_name qualifier hpo_id reference evidence onset frequency sex modifier aspect biocuration"


def annotations(*rows: str) -> str:
    """Text of a ``phenotype.hpoa``: rows with columns between ``|``, all twelve."""
    lines = ["#description: invented", "#version: 2031-02-04", "\t".join(_HEAD.split())]
    return "\n".join(lines + [row.replace("|", "\t") for row in rows]) + "\n"


ROWS = (
    "ORPHA:1|Blue ear disease||HP:9000001|ORPHA:1|TAS||HP:0040281|||P|x",
    "ORPHA:1|Blue ear disease|NOT|HP:9000002|ORPHA:1|TAS||0/4|||P|x",
    "ORPHA:1|Blue ear disease||HP:0003577|ORPHA:1|TAS|||||C|x",
    "ORPHA:1|Blue ear disease||HP:0003676|ORPHA:1|TAS|||||C|x",
    "ORPHA:1|Blue ear disease||HP:0000006|ORPHA:1|TAS|||||I|x",
    "OMIM:7|Another|| HP:9000001|PMID:1|PCS|HP:0003577|3/7|MALE|HP:0012825;HP:0012828|P|x".replace("| HP", "|HP"),
    "OMIM:7|Another||HP:9000002|PMID:2|PCS||17%|||P|x",
    "OMIM:7|Another||HP:9000002|PMID:3|PCS|||||P|x",
    "DECIPHER:2|A third||HP:9000001|DECIPHER:2|IEA|||||P|x",
)


def babelon(rows: int = 3) -> str:
    """Text of a ``hp-zh.babelon.tsv`` with so many labels."""
    head = (
        "source_language translation_language subject_id predicate_id source_value translation_value translation_status"
    )
    lines = ["\t".join(head.split())]
    lines += [f"en\tzh\tHP:{9000001 + n}\trdfs:label\tx\t蓝耳{n}\tOFFICIAL" for n in range(rows)]
    return "\n".join(lines) + "\n"
