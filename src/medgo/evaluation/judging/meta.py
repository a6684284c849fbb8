"""Judging the judge: its verdicts beside those of people, and whether a headline may rest on it. Pure but for asking.

Source of the measure: HealthBench's meta-evaluation (arXiv:2505.08775, section 8): over all pairs of the grader's and
one physician's verdict on the same criterion, the mean of the F1 of "met" and the F1 of "not met". There the published
grader reaches 0.66 over all pairs (0.62 as the mean over its 34 criteria), physicians among each other 0.65.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from medgo.evaluation.judging.cache import VerdictCache
from medgo.evaluation.judging.diagnosis import SAME
from medgo.evaluation.judging.grader import Grader
from medgo.evaluation.judging.judges import Judge
from medgo.evaluation.judging.labelled import LabelledVerdict
from medgo.evaluation.judging.panel import combine
from medgo.evaluation.judging.templates import SAME_DIAGNOSIS, rubric_template
from medgo.evaluation.judging.verdict import Value
from medgo.evaluation.statistics.agreement import balanced_f1, bias_points, cohen_kappa
from medgo.store.hashing import fingerprint

FLOOR = 0.60
MIN_VERDICTS = 30
MIN_COVERAGE = 0.9


@dataclass(frozen=True, slots=True)
class Concordance:
    """A judge, or several together, beside people.

    Args:
        verdicts: Labelled verdicts that it gave one on.
        unavailable: Those that it gave none on.
        pairs: Pairs of its verdict and one person's.
        balanced_f1: Over all pairs, in [0, 1]; 0 where there are none.
        kappa: Cohen's, over all pairs; None where it is not defined.
        bias: Share that it grants less the share that people grant, in percentage points.
        categories: Balanced F1 by category.
        category_mean: Unweighted mean of these.
        people_f1: Balanced F1 of each person beside the others; None where no verdict has two.
        both: People gave both answers somewhere among them; without that nothing is measured.
    """

    verdicts: int
    unavailable: int
    pairs: int
    balanced_f1: float
    kappa: float | None
    bias: float
    categories: Mapping[str, float]
    category_mean: float
    people_f1: float | None
    both: bool

    @property
    def coverage(self) -> float:
        """Share of the labelled verdicts that it gave one on."""
        labelled = self.verdicts + self.unavailable
        return self.verdicts / labelled if labelled else 0.0

    def shortcoming(self, floor: float) -> str:
        """Why no headline may rest on it; empty when one may."""
        if self.verdicts + self.unavailable < MIN_VERDICTS:
            return f"the meta-evaluation holds {self.verdicts + self.unavailable} verdicts; {MIN_VERDICTS} are needed"
        if self.coverage < MIN_COVERAGE:
            return (
                f"the judge gave a verdict on only {self.coverage:.0%} of the labelled ones ({MIN_COVERAGE:.0%} needed)"
            )
        if not self.both:
            return "people gave the same answer to every labelled verdict, which measures nothing"
        if self.balanced_f1 < floor:
            return f"its balanced F1 beside people is {self.balanced_f1:.2f}, below the floor of {floor:.2f}"
        return ""


@dataclass(frozen=True, slots=True)
class MetaEvaluation:
    """What is known about a panel of judges under certain templates.

    Args:
        judges: Their names.
        setting: Hash of the judges' identities and of the templates.
        template: Name of the rubric template.
        floor: Balanced F1 below which a headline is withheld.
        kinds: ``rubric`` and ``diagnosis``, as far as labelled, for the judges together.
        single: The same for each judge alone, over all kinds.
    """

    judges: tuple[str, ...]
    setting: str
    template: str
    floor: float
    kinds: Mapping[str, Concordance]
    single: Mapping[str, Concordance]

    @property
    def headline_allowed(self) -> bool:
        """Whether headlines may rest on these judges, for every kind that was labelled."""
        return not self.reason

    @property
    def reason(self) -> str:
        """Why not; empty when they may."""
        if not self.kinds:
            return "there are no labelled verdicts"
        return "; ".join(
            f"{kind}: {short}" for kind, found in self.kinds.items() if (short := found.shortcoming(self.floor))
        )

    def to_row(self) -> dict[str, Any]:
        """Return it as a JSON object."""
        return {**asdict(self), "headline_allowed": self.headline_allowed, "reason": self.reason}


@dataclass(frozen=True, slots=True)
class Headline:
    """Whether a judged score may be printed as a headline, and what to print beside or instead of it."""

    allowed: bool
    reason: str


def setting_of(judges: Sequence[Judge], template: str) -> str:
    """Hash of what a meta-evaluation holds for: the judges as they are asked, and the wording."""
    templates = [rubric_template(template).hash, SAME_DIAGNOSIS.hash]
    return fingerprint([[judge.identity for judge in judges], templates])


def meta_evaluate(
    judges: Sequence[Judge],
    labelled: Sequence[LabelledVerdict],
    *,
    template: str = "official-order",
    cache: VerdictCache | None = None,
    floor: float = FLOOR,
) -> MetaEvaluation:
    """Ask the judges what people were asked.

    Raises:
        UnusableJudgeError: A judge returns mostly nonsense.
        JudgeFailingError: Its engine mostly fails.
    """
    cache = VerdictCache() if cache is None else cache
    questions = [verdict.question(template) for verdict in labelled]
    answers = [judge.ask(questions, cache) for judge in judges]
    given = [[answer[question.hash] for answer in answers] for question in questions]
    together = [_met(combine(row).value) for row in given]
    kinds: dict[str, Concordance] = {
        kind: concordance([(v, met) for v, met in zip(labelled, together, strict=True) if v.kind == kind])
        for kind in dict.fromkeys(verdict.kind for verdict in labelled)
    }
    single = {
        judge.name: concordance([(v, _met(row[i].value)) for v, row in zip(labelled, given, strict=True)])
        for i, judge in enumerate(judges)
    }
    names = tuple(judge.name for judge in judges)
    return MetaEvaluation(names, setting_of(judges, template), template, floor, kinds, single)


def concordance(verdicts: Sequence[tuple[LabelledVerdict, bool | None]]) -> Concordance:
    """Compare verdicts with people's.

    Args:
        verdicts: Labelled verdicts, each with the judge's; None is unavailable and only counted. A judge that gave
            none at all has a coverage of 0: to leave it out would hide that it was asked.
    """
    known = [(labelled, met) for labelled, met in verdicts if met is not None]
    if not known:
        return Concordance(0, len(verdicts), 0, 0.0, None, 0.0, {}, 0.0, None, both=False)
    truth, said = _pairs(known)
    by_category: dict[str, list[tuple[LabelledVerdict, bool]]] = defaultdict(list)
    for labelled, met in known:
        by_category[labelled.category].append((labelled, met))
    categories = {name: balanced_f1(*_pairs(members)) for name, members in sorted(by_category.items())}
    shares = [sum(labelled.human) / len(labelled.human) for labelled, _ in known]
    people = [
        (human, other)
        for labelled, _ in known
        for i, human in enumerate(labelled.human)
        for j, other in enumerate(labelled.human)
        if i != j
    ]
    return Concordance(
        verdicts=len(known),
        unavailable=len(verdicts) - len(known),
        pairs=len(truth),
        balanced_f1=balanced_f1(truth, said),
        kappa=cohen_kappa(truth, said),
        bias=bias_points(shares, [float(met) for _, met in known]),
        categories=categories,
        category_mean=sum(categories.values()) / len(categories),
        people_f1=balanced_f1([a for a, _ in people], [b for _, b in people]) if people else None,
        both=len(set(truth)) == 2,
    )


def headline(grader: Grader, meta: MetaEvaluation | None) -> Headline:
    """Whether the grades of a grader may be printed as a headline.

    A judge that nobody validated gives none, nor does one validated under other weights, settings or wording. Where
    the labelled verdicts are of another kind than the task, that is said beside the number.
    """
    if meta is None:
        return Headline(
            False, "this judge was never validated against people: give --meta with verdicts that people gave"
        )
    template = grader.task.template.name if grader.task.name == "rubric" else meta.template
    if meta.setting != setting_of(grader.judges, template):
        return Headline(False, "the meta-evaluation was made with other judges, settings or wording")
    kind = "diagnosis" if grader.task.name.startswith("diagnosis") else "rubric"
    found = meta.kinds.get(kind)
    if found is None:
        kind, found = next(iter(meta.kinds.items()), ("", None))
    if found is None:
        return Headline(False, meta.reason)
    if short := found.shortcoming(meta.floor):
        return Headline(False, short)
    validated = f"balanced F1 {found.balanced_f1:.2f} and bias {found.bias:+.1f} points beside people ({kind} verdicts)"
    return Headline(
        True, validated if kind == grader.task.name else f"{validated}; not validated on {grader.task.name}"
    )


def _pairs(verdicts: Sequence[tuple[LabelledVerdict, bool]]) -> tuple[list[bool], list[bool]]:
    """(people's, judge's) over all pairs of a person's and the judge's verdict on the same thing."""
    pairs = [(human, met) for labelled, met in verdicts for human in labelled.human]
    return [human for human, _ in pairs], [met for _, met in pairs]


def _met(value: Value | None) -> bool | None:
    """A verdict as yes or no; of a diagnosis, only the same disease is a yes."""
    if value is None:
        return None
    return bool(value["criteria_met"]) if "criteria_met" in value else value["grade"] == SAME
