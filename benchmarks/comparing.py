"""How long ``medgo eval compare`` thinks: two invented runs over 20 benchmarks of 2,000 items, one JSON line.

python benchmarks/comparing.py [--benchmarks 20] [--items 2000] [--epochs 1]
"""

from __future__ import annotations

import argparse
import json
import time

import numpy as np

from medgo.evaluation.benchmarks.definition import Benchmark, Source
from medgo.evaluation.compare import compare
from medgo.schema import Prediction


def invented(name: str, items: int, epochs: int, accuracy: float, rng: np.random.Generator) -> list[Prediction]:
    """Predictions that are right with a probability."""
    return [
        Prediction(name, f"q{i}", epoch, ("A",), ("A" if rng.random() < accuracy else "B",), "answered")
        for i in range(items)
        for epoch in range(epochs)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    for flag, default in (("--benchmarks", 20), ("--items", 2000), ("--epochs", 1)):
        parser.add_argument(flag, type=int, default=default)
    args = parser.parse_args()
    rng = np.random.default_rng(0)
    source = Source("", (), "", "", "")
    names = [f"b{i}" for i in range(args.benchmarks)]
    known = {
        n: Benchmark(n, n, "Medical Knowledge", "choice", ("en",), source, args.items, 25.0, (), ()) for n in names
    }
    a, b = ({n: invented(n, args.items, args.epochs, p, rng) for n in names} for p in (0.70, 0.72))
    start = time.perf_counter()
    found = compare(a, b, benchmarks=known, rng=np.random.default_rng(0))
    seconds = time.perf_counter() - start
    print(
        json.dumps(
            vars(args) | {"seconds": round(seconds, 2), "b_better": sum(e.winner == "B" for e in found.benchmarks)}
        )
    )


if __name__ == "__main__":
    main()
