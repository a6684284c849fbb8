"""The documents and records of a recipe: found, checked for certificates, and dealt out to shards.

Knows data sets by their readers; no generator.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice
from pathlib import Path

from medgo.deid.policy import accepted_policies
from medgo.errors import CertificateError, RecipeError
from medgo.schema import Certificate, ClinicalRecord, Document
from medgo.store.certificates import has_certificate, verify_certificate
from medgo.store.hashing import sha256_of_file
from medgo.store.recipes import expand_path
from medgo.synthesis.datasets import Dataset, find_dataset
from medgo.synthesis.recipe import Collection, Recipe


@dataclass(frozen=True, slots=True)
class Place:
    """A data set and where it lies.

    Args:
        dataset: Its reader.
        path: File or folder, which exists.
        limit: At most so many of its documents.
        certificate: The valid certificate of a file of records; None where all of them must be synthetic.
    """

    dataset: Dataset
    path: Path
    limit: int | None
    certificate: Certificate | None = None


@dataclass(frozen=True, slots=True)
class _Trust:
    """Whose certificates count, under which policies, today."""

    keys: Sequence[Path]
    policies: frozenset[str]
    today: date


@dataclass(frozen=True, slots=True)
class Shelf:
    """What one shard reads: every ``of``-th document or record, beginning with number ``part``."""

    places: tuple[Place, ...]
    part: int = 0
    of: int = 1

    def documents(self) -> Iterator[Document]:
        """This shard's documents, in the order of the recipe."""
        for item in self._items("documents"):
            if isinstance(item, Document):
                yield item

    def records(self) -> Iterator[ClinicalRecord]:
        """This shard's records, in the order of the recipe.

        Raises:
            CertificateError: A record of a file without certificate does not say that it is synthetic.
        """
        for item in self._items("records"):
            if isinstance(item, ClinicalRecord):
                yield item

    def _items(self, holds: str) -> Iterator[Document | ClinicalRecord]:
        for place in self.places:
            if place.dataset.holds == holds:
                _check_unchanged(place)
                every = (_certified(item, place) for item in islice(place.dataset.read(place.path), place.limit))
                yield from islice(every, self.part, None, self.of)
                _check_unchanged(place)


def find_places(recipe: Recipe, *, today: date) -> tuple[tuple[Place, ...], tuple[str, ...]]:
    """Look for everything that the recipe names, and check certificates.

    Returns:
        What is there, and a line for each optional collection that is not.

    Raises:
        RecipeError: A collection that is not optional is missing.
        CertificateError: A certificate lies beside a file of records and is not valid, or a record is neither synthetic
            nor covered.
    """
    places, missing = [], []
    trust = _Trust([expand_path(path) for path in recipe.trusted_keys], accepted_policies(recipe.policies), today)
    for collection in (*recipe.documents, *recipe.records):
        dataset = find_dataset(collection.dataset)
        path, problem = _existing(collection)
        if path is not None:
            certificate = _certificate(dataset, path, trust)
            places.append(Place(dataset, path, collection.limit, certificate))
            _check_records(places[-1])
        elif collection.optional:
            missing.append(f"{collection.dataset}: {problem}")
        else:
            raise RecipeError(
                f"{collection.dataset}: {problem}", hint=f"get it from {dataset.url}, or say optional: true"
            )
    return tuple(places), tuple(missing)


def _existing(collection: Collection) -> tuple[Path | None, str]:
    try:
        path = expand_path(collection.path)
    except RecipeError as error:
        if not collection.optional:
            raise
        return None, error.message
    return (path, "") if path.exists() else (None, f"{collection.path} does not exist")


def _certificate(dataset: Dataset, path: Path, trust: _Trust) -> Certificate | None:
    """The certificate beside a file of records; None where there is none: its records must then be synthetic."""
    if dataset.holds != "records":
        return None
    if not path.is_file():
        raise CertificateError(f"{path} is no file", hint="records lie in one file, which one certificate covers")
    if not has_certificate(path):
        return None
    certificate = verify_certificate(path, trust.keys, policies=trust.policies, today=trust.today)
    held = sum(1 for _ in dataset.read(path))
    if held != certificate.records:
        raise CertificateError(
            f"{path.name} holds {held} records; the certificate {certificate.id} is of {certificate.records}",
            hint="have it issued again",
        )
    return certificate


def _check_records(place: Place) -> None:
    """Every record of a file is looked at before the first row is made, not when its turn comes hours later."""
    if place.dataset.holds == "records":
        for item in islice(place.dataset.read(place.path), place.limit):
            _certified(item, place)


def _check_unchanged(place: Place) -> None:
    """A run reads a file for hours: what is read is what was certified, before and after each reading."""
    if place.certificate is not None and sha256_of_file(place.path) != place.certificate.sha256:
        raise CertificateError(
            f"{place.path.name} was changed while records were made from it; its certificate covers the old bytes",
            hint="restore the certified file and run again: shards made from it are finished and stay",
        )


def _certified(item: Document | ClinicalRecord, place: Place) -> Document | ClinicalRecord:
    if isinstance(item, Document) or item.synthetic:
        return item
    if place.certificate is None:
        raise CertificateError(
            f"{place.path.name}: the record {item.ref.id} is not synthetic and no certificate covers its file",
            hint="have the file de-identified and certified; nothing is made from it until then",
        )
    return replace(item, certificate=place.certificate.id)
