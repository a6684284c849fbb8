"""hl7 or fhir.resources on files, in an environment of its own: bytes a second. Prints one JSON line.

    .venv-peers/bin/python benchmarks/peers/clinical_read.py (hl7v2|fhir) FILE…

``hl7.parse`` of every message, and the text of every OBX-5; ``Bundle.model_validate_json`` (R4B), and the resource
types of its entries. Neither renders a record: it is the reading that is compared.
"""

from __future__ import annotations

import argparse
import json
import re
import time
from pathlib import Path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kind", choices=("hl7v2", "fhir"))
    parser.add_argument("files", nargs="+", type=Path)
    options = parser.parse_args()
    read = read_messages if options.kind == "hl7v2" else read_bundle
    seconds = []
    for _ in range(3):
        begun = time.process_time()
        count = sum(read(file) for file in options.files)
        seconds.append(time.process_time() - begun)
    size = sum(file.stat().st_size for file in options.files)
    print(json.dumps({"count": count, "seconds": min(seconds), "per_s": size / min(seconds)}))


def read_messages(file: Path) -> int:
    import hl7

    count = 0
    for text in re.split(r"(?<=\r)(?=MSH\|)", file.read_text("utf-8").replace("\n", "\r")):
        message = hl7.parse(text)
        for segment in message:
            if str(segment[0]) == "OBX" and len(segment) > 5:
                str(segment[5])
        count += 1
    return count


def read_bundle(file: Path) -> int:
    from fhir.resources.R4B.bundle import Bundle

    bundle = Bundle.model_validate_json(file.read_bytes())
    return len({id(entry.resource) for entry in bundle.entry or ()})


if __name__ == "__main__":
    main()
