"""Reading clinical sources into records: megabytes a second on one core, beside hl7 and fhir.resources.

    python benchmarks/corpus_clinical.py [--megabytes 4] [--peer .venv-peers/bin/python]
        [--fhir FILE.json …] [--hl7v2 FILE.hl7 …] [--ccda FILE.xml …] [--quick]

Messages, bundles, documents and tables are made here; the options measure files of the user's besides. Times are of
the processor, the best of three. "parser alone" reads and throws away: ``json.loads``, ``lxml``, ``csv``,
``str.split``. The last column is the most that Python held at once, in parts of the file.
"""

from __future__ import annotations

import argparse
import csv
import json
import random
import subprocess
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from lxml import etree
from rich.console import Console
from rich.table import Table

from medgo.corpus.ledger import Ledger
from medgo.corpus.protocol import Reader, Source
from medgo.corpus.registry import find_reader
from medgo.schema import ClinicalRecord

console = Console(width=120)
WORDS = (
    "patient", "reports", "chest", "pain", "without", "fever", "cough", "dyspnoea", "treated", "with", "oral",
    "metoprolol", "daily", "and", "well",
)  # fmt: skip
TESTS = ("Glucose", "Sodium", "Potassium", "Creatinine", "Haemoglobin", "Platelets", "白细胞计数", "血钾")
PEERS = {"hl7v2": "hl7", "fhir": "fhir.resources"}
SUFFIXES = {"hl7v2": "hl7", "fhir": "json", "c-cda": "xml", "csv": "csv"}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=float, default=4.0, help="size of what is made here, for each format")
    parser.add_argument("--peer", type=Path, help="python of an environment with hl7 and fhir.resources")
    parser.add_argument("--fhir", type=Path, nargs="*", default=[], help="bundles of the user's")
    parser.add_argument("--hl7v2", type=Path, nargs="*", default=[], help="messages of the user's")
    parser.add_argument("--ccda", type=Path, nargs="*", default=[], help="documents of the user's")
    parser.add_argument("--quick", action="store_true", help="a tenth of everything")
    options: Any = parser.parse_args()
    size = int(options.megabytes * (100_000 if options.quick else 1_000_000))
    rng, rows = random.Random(7), list[Sequence[str]]()
    with tempfile.TemporaryDirectory() as folder:
        for kind, make in (("hl7v2", messages), ("fhir", bundle), ("c-cda", document), ("csv", table)):
            file = Path(folder) / f"made.{SUFFIXES[kind]}"
            file.write_text(make(size, rng), "utf-8")
            rows += measured(f"{kind}, made here", kind, [file], options.peer)
    for kind, files in (("hl7v2", options.hl7v2), ("fhir", options.fhir), ("c-cda", options.ccda)):
        if files:
            rows += measured(f"{kind}, {len(files)} files", kind, files, options.peer)
    show(rows)


def measured(title: str, kind: str, files: Sequence[Path], peer: Path | None) -> list[Sequence[str]]:
    """Rows of the table: this reader, its parser alone, the peer."""
    reader, size = find_reader(kind), sum(file.stat().st_size for file in files)
    count, seconds = best(lambda: read(reader, files))
    tracemalloc.start()
    read(reader, files)
    held = tracemalloc.get_traced_memory()[1] / max(file.stat().st_size for file in files)
    tracemalloc.stop()
    _, floor = best(lambda: parse_only(kind, files))
    rows: list[Sequence[str]] = [
        (title, "medgo", f"{count:,} records", f"{size / seconds / 1e6:.2f}", "1.0", f"{held:.2f}"),
        ("", "parser alone", "", f"{size / floor / 1e6:.2f}", f"1/{seconds / floor:.1f}", ""),
    ]
    if peer is not None and kind in PEERS:
        other = ask_peer(peer, kind, files)
        times = size / seconds / other["per_s"]
        rows.append(("", PEERS[kind], f"{other['count']:,} parsed", f"{other['per_s'] / 1e6:.2f}", f"{times:.2f}", ""))
    return rows


def best(run: Callable[[], int]) -> tuple[int, float]:
    """Count, and seconds of the best of three."""
    results = []
    for _ in range(3):
        begun = time.process_time()
        count = run()
        results.append((time.process_time() - begun, count))
    seconds, count = min(results)
    return count, seconds


def read(reader: Reader, files: Sequence[Path]) -> int:
    """Records."""
    ledger = Ledger()
    return sum(isinstance(item, ClinicalRecord) for file in files for item in reader.read(Source(file), ledger))


def parse_only(kind: str, files: Sequence[Path]) -> int:
    """What the format's parser needs to go through the files and forget them."""
    for file in files:
        if kind == "fhir":
            json.loads(file.read_bytes())
        elif kind == "c-cda":
            etree.fromstring(file.read_bytes())
        elif kind == "csv":
            with file.open(encoding="utf-8", newline="") as stream:
                sum(1 for _ in csv.reader(stream))
        else:
            for line in file.read_text("utf-8", errors="replace").splitlines():
                [cell.split("^") for cell in line.split("|")]
    return 0


def ask_peer(python: Path, kind: str, files: Sequence[Path]) -> dict[str, Any]:
    """Run the peer in its own environment."""
    script = Path(__file__).parent / "peers" / "clinical_read.py"
    done = subprocess.run([python, script, kind, *files], check=False, capture_output=True, text=True)
    if done.returncode:
        raise SystemExit(done.stderr)
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


def messages(size: int, rng: random.Random) -> str:
    """ORU messages of 20 results."""
    parts: list[str] = []
    written = 0
    while written < size:
        results = "".join(
            f"OBX|{n}|NM|{n}-1^{rng.choice(TESTS)}^LN||{rng.random() * 100:.2f}|mmol/L|3.5-9.5|H|||F|||20260301090000\r"
            for n in range(1, 21)
        )
        parts.append(
            f"MSH|^~\\&|LIS|H|M|A|20260301093000||ORU^R01^ORU_R01|{len(parts)}|P|2.5.1||||||UNICODE UTF-8\r"
            f"PID|1||ZY{len(parts):08}^^^H^MR||Doe^Jo||19700101|F|||1 Road^^Town\rPV1|1|I|W^1\r"
            f"OBR|1|P1|F1|58410-2^Panel^LN|||20260301090000\r{results}NTE|1||{prose(rng, 12)}\r"
        )
        written += len(parts[-1])
    return "".join(parts)


def bundle(size: int, rng: random.Random) -> str:
    """A patient's bundle: visits with conditions, medication, observations and a note."""
    patient = {"resourceType": "Patient", "id": "p", "name": [{"family": "Doe", "given": ["Jo"]}], "gender": "female"}
    entries, written = [{"fullUrl": "urn:uuid:p", "resource": patient}], 0
    while written < size:
        visit = f"e{len(entries)}"
        refs = {"subject": {"reference": "urn:uuid:p"}, "encounter": {"reference": f"urn:uuid:{visit}"}}
        found: list[dict[str, Any]] = [
            {"resourceType": "Encounter", "id": visit, "status": "finished", "class": {"code": "AMB"},
             "subject": refs["subject"], "type": [coded("Encounter for check up")]},
            {"resourceType": "Condition", "id": f"{visit}-c", **refs, "code": coded("Hypertension")},
            *({"resourceType": "Observation", "id": f"{visit}-{n}", "status": "final", **refs,
               "code": coded(rng.choice(TESTS)), "effectiveDateTime": "2026-03-01T09:00:00+00:00",
               "valueQuantity": {"value": round(rng.random() * 100, 3), "unit": "mmol/L", "code": "mmol/L",
                                 "system": "http://unitsofmeasure.org"}} for n in range(20)),
        ]  # fmt: skip
        entries += [{"fullUrl": f"urn:uuid:{one['id']}", "resource": one} for one in found]
        written += sum(len(json.dumps(one)) + 60 for one in found)
    return json.dumps({"resourceType": "Bundle", "type": "collection", "entry": entries})


def coded(display: str) -> dict[str, Any]:
    """A CodeableConcept."""
    return {"coding": [{"system": "http://loinc.org", "code": "1-1", "display": display}], "text": display}


def document(size: int, rng: random.Random) -> str:
    """One C-CDA document: sections with a paragraph and a table, and entries that say the same."""
    parts, written = [], 0
    while written < size:
        rows = "".join(f"<tr><td>{rng.choice(TESTS)}</td><td>{rng.random():.3f}</td></tr>" for _ in range(10))
        entries = "".join(
            f'<entry><observation classCode="OBS" moodCode="EVN"><code code="1-1" displayName="{rng.choice(TESTS)}"/>'
            f'<value value="{rng.random():.3f}" unit="mmol/L"/></observation></entry>'
            for _ in range(10)
        )
        parts.append(
            f'<component><section><code code="30954-2"/><title>RESULTS</title><text><paragraph>{prose(rng, 60)}'
            f"</paragraph><table><tbody>{rows}</tbody></table></text>{entries}</section></component>"
        )
        written += len(parts[-1])
    return (
        '<ClinicalDocument xmlns="urn:hl7-org:v3"><title>x</title><component><structuredBody>'
        f"{''.join(parts)}</structuredBody></component></ClinicalDocument>"
    )


def table(size: int, rng: random.Random) -> str:
    """An export of notes."""
    lines, written = ["病案号,姓名,主诉,现病史,诊疗经过,出院诊断"], 0
    while written < size:
        lines.append(f"BA{len(lines):07},王某,胸痛2小时,{prose(rng, 60)},{prose(rng, 60)},高血压")
        written += len(lines[-1].encode())
    return "\n".join(lines) + "\n"


def prose(rng: random.Random, words: int) -> str:
    """Words."""
    return " ".join(rng.choice(WORDS) for _ in range(words))


def show(rows: Sequence[Sequence[str]]) -> None:
    """Print the table."""
    out = Table(title="clinical sources on one core")
    for at, column in enumerate(("file", "by", "count", "MB a second", "times as fast", "held / file")):
        out.add_column(column, justify="right" if at > 1 else "left")
    for row in rows:
        out.add_row(*row)
    console.print(out)


if __name__ == "__main__":
    main()
