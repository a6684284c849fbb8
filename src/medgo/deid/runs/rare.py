"""Rare diseases (Orphanet's) by their names in both languages, kept beside the knowledge index. Knows no record.

Their names alone: a tenth of a lexicon of all terms, so that whoever de-identifies can afford to ask for every text.
"""

from __future__ import annotations

import logging
import os
import pickle
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import cast

from medgo.errors import StorageError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.store.atomic import replacing
from medgo.store.hashing import sha256_of_text

_log = logging.getLogger(__name__)
# Changes whenever the same index gives other names.
_VERSION = 1
_PREFIX = "ORPHA:"
# Finds rare diagnoses in a text; gives their ids.
FindsRare = Callable[[str], Sequence[str]]
_POSSESSIVE = re.compile(r"(?<=[a-zA-Z])['’]s?(?=\s)")
# What is given against a disease says nothing of having it: tetanus toxoid, 狂犬病疫苗.
_AGAINST = re.compile(
    r"\s*(?:病毒)?(?:疫苗|抗毒素|类毒素|類毒素|人?免疫球蛋白|针\b|的?预防)"
    r"|[\s,/-]*(?:and [a-z]+ )?(?:vaccin|toxoid|antitoxin|immuni[sz]|immune glob|booster|shot|prophyla)",
    re.IGNORECASE,
)


@lru_cache(maxsize=1)
def rare_diagnoses() -> FindsRare:
    """Finds rare diseases by name, read once a process; a disease that is denied or feared is found like any other.

    Returns:
        Ids (``ORPHA:399``) in the order of the text; a name that several diseases share gives all of them.

    Raises:
        MedGoError: The knowledge extra is not installed.
    """
    lexicon = _names(open_knowledge())

    def find(text: str) -> list[str]:
        # Orphanet's names have no possessive, and lines break anywhere.
        text = _POSSESSIVE.sub("", text).replace("\n", " ")
        return [
            concept
            for mention in lexicon.find(text)
            if not _AGAINST.match(text, mention.end)
            for concept in mention.concepts
        ]

    return find


def _names(knowledge: Knowledge) -> Lexicon:
    key = sha256_of_text(repr((_VERSION, knowledge.fingerprint, _PREFIX)))[:16]
    # With the suffix of what is derived from an index, it goes when the index goes.
    kept = knowledge.path.with_name(f"{knowledge.path.stem}-{key}.lexicon")
    if kept.is_file():
        # Written by ourselves beside the index, whole or not at all.
        return cast(Lexicon, pickle.loads(kept.read_bytes()))  # noqa: S301
    names = Lexicon.of(one for one in knowledge.concepts("disease") if one.id.startswith(_PREFIX))
    try:
        with replacing(kept, suffix=f".{os.getpid()}") as file:
            pickle.dump(names, file)
    except StorageError as error:  # a cache that cannot be written only costs time
        _log.info("the names of rare diseases are not kept: %s", error.message)
    return names
