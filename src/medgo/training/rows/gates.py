"""Which rows may be learnt from: licences, certificates, benchmark items, duplicates. Tokenises none.

Rows that must not be there at all (a licence that was not agreed to, a record without a valid certificate) stop the
run; rows that would only do harm (a benchmark's item, the same row twice) are left out and counted.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from enum import StrEnum

from medgo.curation.decontamination import OverlapIndex
from medgo.deid.policy import accepted_policies
from medgo.errors import InputError
from medgo.schema.rows import Row
from medgo.store.certificates import verify_certificate
from medgo.store.recipes import expand_path
from medgo.training.recipe import Gates


class Refusal(StrEnum):
    """Why a row is not learnt from."""

    LICENCE = "licence"
    CERTIFICATE = "certificate"
    BENCHMARK_ITEM = "benchmark item"
    DUPLICATE = "duplicate"
    IDENTICAL_PAIR = "identical pair"
    NO_THINKING = "no thinking"
    TOO_LONG = "too long"


class RowGates:
    """Decides on rows, one after another.

    Args:
        gates: The recipe's.
        overlap: Finds benchmark items; None where none is at hand.
        today: Against which certificates expire.

    Raises:
        CertificateError: A certificate does not hold; each is verified anew here.
        InputError: The recipe requires the comparison with benchmark items and there are none.
    """

    def __init__(self, gates: Gates, overlap: OverlapIndex | None, today: date) -> None:
        if gates.overlap == "required" and overlap is None:
            raise InputError(
                "the recipe requires rows to be compared with benchmark items, and none are here",
                hint="gates.benchmarks=[FOLDER], or MEDGO_DATA; gates.overlap=if_present goes on without",
            )
        self.certificates = verified_certificates(gates, today)
        """Ids of the certificates that hold today."""
        self._licences = frozenset(gates.licences)
        self._overlap = overlap if gates.overlap != "off" else None
        self._seen: set[int] = set()

    @property
    def compares(self) -> bool:
        """Whether rows are compared with benchmark items."""
        return self._overlap is not None

    def refusal(self, row: Row) -> tuple[Refusal, str] | None:
        """Why a row is refused and what is the matter with it, or None where it passes."""
        for source in row.provenance.sources:
            if source.licence not in self._licences:
                return Refusal.LICENCE, f"{source.licence} ({source.source})"
        certificate = row.provenance.certificate
        if certificate and certificate not in self.certificates:
            return Refusal.CERTIFICATE, certificate
        # A row's id is the hash of what is learnt: 96 bits, which take less room as a number than as a text.
        number = int(row.row_id, 16)
        if number in self._seen:
            return Refusal.DUPLICATE, ""
        self._seen.add(number)
        if self._overlap is not None and (item := self._overlap.find("\n".join(_texts(row)))) is not None:
            return Refusal.BENCHMARK_ITEM, item
        return None


def verified_certificates(gates: Gates, today: date) -> frozenset[str]:
    """Verify every certificate that a recipe names, files and signatures included; nothing is remembered from before.

    Returns:
        Their ids.

    Raises:
        CertificateError: One of them does not hold today.
    """
    keys = [expand_path(key) for key in gates.trusted_keys]
    policies = accepted_policies(gates.policies)
    return frozenset(
        verify_certificate(expand_path(file), keys, policies=policies, today=today).id for file in gates.certified_files
    )


def _texts(row: Row) -> Iterator[str]:
    """Every text of a row: prompt, then reasoning and answer of each turn."""
    yield from (message.content for message in row.prompt)
    for turn in row.turns().values():
        if turn.reasoning_content:
            yield turn.reasoning_content
        yield turn.content
