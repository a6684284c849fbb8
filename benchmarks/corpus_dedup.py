"""Near duplicates: our signatures and decisions beside datasketch, one core, one run.

    python benchmarks/corpus_dedup.py --peer .venv-peers/bin/python

Documents are made here: sentences of medical words, 300 words each, every twentieth a copy with some words changed.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from medgo.curation.comparisons import NearDuplicates
from medgo.curation.comparisons.minhash import s_curve
from medgo.curation.protocol import Place
from medgo.schema import Document, SourceRef

COUNT, WORDS, COPY_EVERY = 3000, 300, 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer", type=Path, help="python of an environment with datasketch")
    options = parser.parse_args()
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    texts = make_texts(COUNT)
    documents = [Document(SourceRef(str(n), "made", "CC0-1.0"), "en", text) for n, text in enumerate(texts)]
    rates: dict[str, float] = {}
    for engine in ("numpy", "rensa"):
        near = NearDuplicates(engine=engine)  # type: ignore[arg-type]
        near.sign(documents[0])
        began = time.process_time()
        signed = [(Place(0, n), one.ref.id, near.sign(one)) for n, one in enumerate(documents)]
        copies = len(list(near.decide(signed)))
        rates[f"ours, {engine}"] = COUNT / (time.process_time() - began)
        print(f"{engine}: {copies} copies found of {COUNT // COPY_EVERY}")
    if options.peer:
        rates |= peer(options.peer, texts)
    base = rates.get("datasketch", 0)
    print(f"\n{'':24}{'documents/s':>14}{'÷ datasketch':>16}")
    for name, rate in rates.items():
        print(f"{name:24}{rate:14,.0f}{rate / base if base else float('nan'):16.1f}")
    print(f"\nbytes a document in decide: {memory():.0f}")
    recall()


def make_texts(count: int) -> list[str]:
    rng = np.random.default_rng(3)
    letters = np.array(list("abcdefghijklmnopqrstuvwxyz"))
    vocabulary = np.array(["".join(rng.choice(letters, rng.integers(3, 11))) for _ in range(20_000)])
    texts: list[str] = []
    for number in range(count):
        if number % COPY_EVERY == COPY_EVERY - 1:
            words = np.array(texts[number - 7].split())
            words[rng.integers(0, len(words), 3)] = "changed"
        else:
            words = vocabulary[rng.integers(0, len(vocabulary), WORDS)]
        texts.append(" ".join(words))
    return texts


def peer(python: Path, texts: Sequence[str]) -> dict[str, float]:
    """datasketch: MinHash of 128 permutations over word 5-grams, and its LSH; documents a second."""
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(list(texts), file)
    script = Path(__file__).with_name("peers") / "datasketch_dedup.py"
    run = subprocess.run([str(python), str(script), file.name], capture_output=True, text=True, check=True)
    Path(file.name).unlink()
    return dict(json.loads(run.stdout))


def memory() -> float:
    """Bytes of peak memory that deciding takes for a document: two sizes, each in a process of its own."""
    peaks = []
    for count in (20_000, 220_000):
        code = (
            "import numpy as np, resource\n"
            "from medgo.curation.comparisons import NearDuplicates\n"
            "from medgo.curation.protocol import Place\n"
            "rng = np.random.default_rng(1)\n"
            "draw = lambda: rng.integers(0, 2**32, 128, np.uint32).tobytes()\n"
            f"signed = ((Place(0, n), f'pubmed:{{n}}', draw()) for n in range({count}))\n"
            "list(NearDuplicates(engine='numpy').decide(signed))\n"
            "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)\n"
        )
        run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        peaks.append(int(run.stdout))
    return (peaks[1] - peaks[0]) * 1024 / 200_000


def recall() -> None:
    """How often texts of a given similarity are called copies, beside the S-curve."""
    rng = np.random.default_rng(11)
    near = NearDuplicates(engine="numpy")
    print(f"\n{'Jaccard':>8}{'S-curve':>10}{'found':>10}")
    for similarity in (0.5, 0.6, 0.7, 0.8, 0.9):
        pairs, found, jaccards = 1000, 0, []
        for _ in range(pairs):
            # Words of each text once: the overlap of shingles is that of the run of words that both share.
            size = 260
            shared = round(2 * size * similarity / (1 + similarity))
            words = [f"w{n}" for n in rng.integers(0, 10**9, 2 * size)]
            left, right = words[: size + 4], words[size - shared : size + 4] + words[size + 4 : 2 * size + 4 - shared]
            texts = [" ".join(left), " ".join(right)]
            shingles = [{tuple(t.split()[i : i + 5]) for i in range(len(t.split()) - 4)} for t in texts]
            jaccards.append(len(shingles[0] & shingles[1]) / len(shingles[0] | shingles[1]))
            documents = [Document(SourceRef(str(n), "made", "CC0-1.0"), "en", text) for n, text in enumerate(texts)]
            signed = [(Place(0, n), one.ref.id, near.sign(one)) for n, one in enumerate(documents)]
            found += len(list(near.decide(signed)))
        jaccard = float(np.mean(jaccards))
        print(f"{jaccard:8.3f}{s_curve(jaccard, near.bands, near.rows):10.3f}{found / pairs:10.3f}")


if __name__ == "__main__":
    main()
