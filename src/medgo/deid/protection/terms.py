"""The terms of all vocabularies as one set of keys, kept beside the knowledge index. Knows no text and no finding.

A set is enough, and a tenth of the memory of an automaton: it is only asked around candidates.
"""

from __future__ import annotations

import logging
import os
import re
from collections.abc import Iterable, Iterator
from functools import lru_cache
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from medgo.deid.protection.spelling import HAN, key_of
from medgo.errors import KnowledgeSourceError, StorageError
from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.installed import absent
from medgo.schema import Name
from medgo.store.atomic import replacing
from medgo.store.hashing import sha256_of_text

_log = logging.getLogger(__name__)
# Changes whenever the same sources give another set.
_VERSION = 1
# Longest term, in words and in Chinese characters: longer ones are sentences of classifications.
MOST_WORDS, MOST_HAN = 7, 20
# Acronyms only count as they are written: ALI is a lung, Ali is a man. They begin with this sign.
EXACT = "="
_NEEDED = {"hpo", "icd10cm", "drugs"}
_ACRONYM = re.compile(r"[A-Z0-9][A-Z0-9/\-]{1,5}")
_EPONYM = re.compile(r"\b[A-Z\u00c0-\u00de]\w{2,}(?:-[A-Z\u00c0-\u00de]\w{2,})+\b")
# What a disease, a drug or a part of the body ends in; for words of a general dictionary.
_MEDICAL_END = re.compile(
    "(?:[病炎症癌瘤素酸酶碱菌胺酮醇肽苷疹疮栓虫骨肌腺膜脉疸疝痔癣癫痫痨疟痹汤丸散膏丹]|细胞|蛋白|激素|综合征|病毒)$"
)
_NO_TERMS = re.compile(r"(?:情报|[毛心弊诟通职]病|象征|特征|长征|[要因元词]素|[得利]病|[领衣脚]骨)$")
_NAMES = ("nr", "ns", "nt")


@lru_cache(maxsize=1)
def terms() -> frozenset[str]:
    """Keys of all terms of the knowledge index and of the medical words of a general Chinese dictionary.

    Raises:
        KnowledgeSourceError: The vocabularies are not installed: without them diseases would be redacted.
    """
    missing = [source for source in absent() if source.id in _NEEDED]
    if missing:
        raise KnowledgeSourceError(
            f"de-identification cannot tell diseases from names without {', '.join(one.title for one in missing)}",
            hint="pip install 'medgo[knowledge]'",
        )
    dictionary = _dictionary()
    knowledge = open_knowledge()
    key = sha256_of_text(repr((_VERSION, knowledge.fingerprint, metadata.version("jieba"))))[:16]
    # With the suffix of what is derived from an index, it goes when the index goes.
    kept = knowledge.path.with_name(f"{knowledge.path.stem}-{key}.lexicon")
    if kept.is_file():
        return frozenset(kept.read_text("utf-8").split("\n"))
    found = frozenset(_of_knowledge(knowledge)).union(_of_dictionary(dictionary))
    try:
        with replacing(kept, suffix=f".{os.getpid()}") as file:
            file.write("\n".join(sorted(found)).encode())
    except StorageError as error:  # a cache that cannot be written only costs time
        _log.info("the protected terms are not kept: %s", error.message)
    return found


def keys_of(name: Name) -> Iterator[str]:
    """Keys under which a text may hold a name of a concept; none for names that are too long or too short."""
    text = name.text.strip()
    if HAN.search(text):
        key = key_of(text)
        if 2 <= len(key) <= MOST_HAN:
            yield key
        return
    if _ACRONYM.fullmatch(text):
        yield EXACT + text
        return
    # Two surnames joined by a hyphen name the same thing without its head: "a Peutz-Jeghers polyp".
    yield from map(key_of, _EPONYM.findall(text))
    key = key_of(text)
    if len(key) > 3 and key.count(" ") < MOST_WORDS:
        yield key


def _of_knowledge(knowledge: Knowledge) -> Iterator[str]:
    for concept in knowledge.concepts():
        for name in concept.names:
            yield from keys_of(name)


def _of_dictionary(lines: Iterable[str]) -> Iterator[str]:
    for line in lines:
        word, _, tag = line.strip().split(" ")
        if len(word) > 2 and not tag.startswith(_NAMES) and _MEDICAL_END.search(word) and not _NO_TERMS.search(word):
            yield word


def _dictionary() -> list[str]:
    """Lines ``word frequency tag`` of jieba's dictionary, which is read as a file."""
    spec = find_spec("jieba")
    if spec is None or spec.origin is None:
        raise KnowledgeSourceError(
            "de-identification needs the dictionary of jieba", hint="pip install 'medgo[deid]' (it brings jieba)"
        )
    return Path(spec.origin).with_name("dict.txt").read_text("utf-8").splitlines()
