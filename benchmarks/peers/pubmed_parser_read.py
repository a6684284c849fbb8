"""pubmed_parser on a file, in an environment of its own: documents a second. Prints one JSON line.

    .venv-peers/bin/python benchmarks/peers/pubmed_parser_read.py (pubmed|jats) FILE…

Its own functions with their defaults: ``parse_medline_xml``; ``parse_pubmed_xml`` and ``parse_pubmed_paragraph``.
"""

from __future__ import annotations

import argparse
import json
import time

import pubmed_parser


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("pubmed", "jats"))
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    count, characters = 0, 0
    begun = time.process_time()
    for file in options.files:
        if options.kind == "pubmed":
            for each in pubmed_parser.parse_medline_xml(file):
                count += 1
                characters += len(each["abstract"] or "")
        else:
            front = pubmed_parser.parse_pubmed_xml(file)
            paragraphs = pubmed_parser.parse_pubmed_paragraph(file, all_paragraph=True)
            count += 1
            characters += len(front["abstract"]) + sum(len(each["text"]) for each in paragraphs)
    seconds = time.process_time() - begun
    print(json.dumps({"count": count, "characters": characters, "seconds": seconds, "per_s": count / seconds}))


if __name__ == "__main__":
    main()
