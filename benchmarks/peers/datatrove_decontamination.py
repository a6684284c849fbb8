"""datatrove's n-gram filter on documents, in an environment of its own. Prints one JSON line.

    .venv-datatrove/bin/python benchmarks/peers/datatrove_decontamination.py ITEMS.jsonl DOCUMENTS.jsonl LANGUAGE

Items are ``{text}``, documents ``{id, text}``. Its own tokenizer, normalisation, hash and filter with their defaults;
the index is written as its indexer writes it, because that one needs lighteval to be installed.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from datatrove.data import Document
from datatrove.pipeline.decont.n_grams import NGramsDecontFilter
from datatrove.utils.text import ngrams, simplify_text


class Words:
    """The tokenizer that datatrove uses for English, where NLTK's sentence model is not on this machine."""

    def word_tokenize(self, text: str) -> list[str]:
        from nltk.tokenize import NLTKWordTokenizer

        return NLTKWordTokenizer().tokenize(text)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("items", type=Path)
    parser.add_argument("documents", type=Path)
    parser.add_argument("language", choices=("en", "zh"))
    options = parser.parse_args()
    items, documents = (
        [json.loads(line) for line in path.read_text("utf-8").splitlines()]
        for path in (options.items, options.documents)
    )
    with tempfile.TemporaryDirectory() as folder:
        finder: Any = NGramsDecontFilter(folder)
        tokenizer = "its own"
        try:
            finder.tokenizer.word_tokenize("A test.")
        except LookupError:
            finder.tokenizer, tokenizer = Words(), "NLTKWordTokenizer"
        begun = time.process_time()
        hashes = {
            finder.hash_func(" ".join(run))
            for item in items
            for run in ngrams(
                finder.tokenizer.word_tokenize(simplify_text(item["text"], finder.config.norm_config)),
                finder.config.n_grams,
            )
        }
        np.array(list(hashes), dtype=finder.config.hash_config.np_descr).tofile(Path(folder) / "items.index.hashes")
        built = time.process_time() - begun
        finder.filter(Document(text="one two three", id="0"))
        begun = time.process_time()
        kept = [finder.filter(Document(text=one["text"], id=one["id"])) for one in documents]
        seconds = time.process_time() - begun
    found = [one["id"] for one, answer in zip(documents, kept, strict=True) if answer is not True]
    characters = sum(len(one["text"]) for one in documents)
    print(
        json.dumps(
            {
                "tokenizer": tokenizer,
                "runs": len(hashes),
                "build_s": built,
                "seconds": seconds,
                "characters_per_s": characters / seconds,
                "found": found,
            }
        )
    )


if __name__ == "__main__":
    main()
