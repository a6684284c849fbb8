"""How much the verifier and the paraphrase guard find, how often they are wrong, and how fast they are.

    PYTHONPATH=. python benchmarks/verification.py [--rows 1200] [--faults 500] [--seed 5]

Rows come from the generator of complex cases over the installed knowledge. Faults are put into rows that hold, one
each, every sort in turn. Speed is processor time of one process: first over rows it has never seen, then again over the
same rows, whose sentences it remembers.
"""

from __future__ import annotations

import argparse
import itertools
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tests.support.paraphrases import FAITHFUL, TRANSLATED, spoiled

from medgo.knowledge import Knowledge, open_knowledge
from medgo.knowledge.lexicon import Lexicon
from medgo.synthesis.generators.cases.generator import ComplexCases
from medgo.synthesis.protocol import Draft, Source
from medgo.synthesis.verification import InjectionKind, ParaphraseGuard, Verifier, inject
from medgo.synthesis.verification.parts import texts_by_part


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1200)
    parser.add_argument("--faults", type=int, default=500)
    parser.add_argument("--seed", type=int, default=5)
    parser.add_argument("--knowledge", type=Path, nargs="*", default=[], help="further files of knowledge")
    options = parser.parse_args()
    knowledge = open_knowledge(tuple(options.knowledge))
    started = time.process_time()
    lexicon = Lexicon.build(knowledge)
    seconds = time.process_time() - started
    print(f"lexicon: {len(lexicon.entries):,} names in {seconds:.1f} s; left out: {dict(lexicon.excluded)}")
    rng = np.random.default_rng(options.seed)
    source = Source(knowledge, seed=str(options.seed))
    drafts = list(itertools.islice(ComplexCases(foreign_names=True).rows(source, rng), options.rows))
    _speed(Verifier(lexicon, knowledge), drafts)
    held = _false_alarms(Verifier(lexicon, knowledge), drafts)
    _faults(Verifier(lexicon, knowledge), lexicon, held, options.faults, rng)
    _guard(lexicon, knowledge)


def _speed(verifier: Verifier, drafts: Sequence[Draft]) -> None:
    characters = sum(len(text) for draft in drafts for text in texts_by_part(draft.row).values()) / len(drafts)
    sentences = sum(len(draft.evidence.sentences) for draft in drafts) / len(drafts)
    print(f"rows: {characters:.0f} characters, {sentences:.0f} sentences each")
    for name in ("never seen", "again"):
        started = time.process_time()
        for draft in drafts:
            verifier.verify(draft)
        print(f"verifier, rows {name}: {len(drafts) / (time.process_time() - started):.0f} rows/s")


def _false_alarms(verifier: Verifier, drafts: Sequence[Draft]) -> list[Draft]:
    kinds: Counter[str] = Counter()
    held = []
    for draft in drafts:
        violations = verifier.verify(draft)
        kinds.update({violation.kind.value for violation in violations})
        if not violations:
            held.append(draft)
    refused = len(drafts) - len(held)
    print(f"refused rows as they came: {refused} of {len(drafts)} ({refused / len(drafts):.2%}) {dict(kinds)}")
    return held


def _faults(
    verifier: Verifier, lexicon: Lexicon, drafts: Sequence[Draft], wanted: int, rng: np.random.Generator
) -> None:
    made: Counter[str] = Counter()
    found: Counter[str] = Counter()
    for kind in itertools.islice(itertools.cycle(InjectionKind), wanted * 20):
        if made.total() == wanted:
            break
        injection = inject(drafts[int(rng.integers(len(drafts)))], kind, lexicon, rng)
        if injection is None:
            continue
        made[kind.value] += 1
        if verifier.verify(injection.draft):
            found[kind.value] += 1
        else:
            print(f"  missed {kind.value}: {injection.before!r} → {injection.after!r}")
    print(f"faults found: {found.total()} of {made.total()} ({found.total() / made.total():.1%})")
    print("  " + ", ".join(f"{kind} {found[kind]}/{number}" for kind, number in made.items()))


def _guard(lexicon: Lexicon, knowledge: Knowledge) -> None:
    guard = ParaphraseGuard(lexicon, knowledge)
    pairs = [(source, said, lang, lang) for lang, source, said in FAITHFUL]
    pairs += [(source, said, lang, to_lang) for lang, to_lang, source, said in TRANSLATED]
    both_ways = pairs + [(said, source, to_lang, lang) for source, said, lang, to_lang in pairs]
    alarms = [(source, said) for source, said, lang, to_lang in both_ways if guard.compare(source, said, lang, to_lang)]
    print(
        f"guard, faithful paraphrases refused: {len(alarms)} of {len(both_ways)} ({len(alarms) / len(both_ways):.1%})"
    )
    tried: Counter[str] = Counter()
    caught: Counter[str] = Counter()
    for source, said, lang, to_lang in both_ways:
        for kind, text in spoiled(said, to_lang):
            tried[kind] += 1
            caught[kind] += bool(guard.compare(source, text, lang, to_lang))
    share = caught.total() / tried.total()
    print(f"guard, spoiled paraphrases refused: {caught.total()} of {tried.total()} ({share:.1%})")
    print("  " + ", ".join(f"{kind} {caught[kind]}/{number}" for kind, number in tried.items()))


if __name__ == "__main__":
    main()
