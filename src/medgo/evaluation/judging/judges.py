"""A judge: an engine that is asked for verdicts, retried when it answers nonsense, and stopped when it only does so.

Knows no benchmark and no score.
"""

from __future__ import annotations

import re
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any

from medgo.errors import EngineFailureError, MedGoError
from medgo.evaluation.judging.cache import VerdictCache
from medgo.evaluation.judging.question import Question
from medgo.evaluation.judging.verdict import InvalidVerdictError, Verdict
from medgo.inference.protocol import Completion, Engine, GenerationRequest, Sampling, Thinking
from medgo.store.hashing import fingerprint

OnVerdict = Callable[[int, int], None]


class UnusableJudgeError(MedGoError):
    """A judge whose replies are mostly no verdicts."""

    code = "unusable_judge"


class JudgeFailingError(EngineFailureError):
    """A judge whose engine or endpoint mostly fails: nothing is known about its verdicts."""

    code = "judge_failing"


@dataclass(frozen=True, slots=True)
class JudgeSettings:
    """How a judge is asked.

    Args:
        sampling: Greedy unless said otherwise; the seed is the first try's.
        thinking: Whether it reasons before its verdict.
        retries: Tries after an invalid verdict. Each has another seed, and ``retry_temperature`` where the first was
            greedy: the same greedy request would only get the same reply.
        retry_temperature: See there.
        max_invalid: Share of the replies to the last ``window`` first tries that may be no verdicts, and of the last
            ``window`` first tries that the engine may fail on; beyond either the judge is given up.
        window: Replies, or tries, before the share is looked at.
    """

    sampling: Sampling = field(default_factory=lambda: Sampling(max_new_tokens=1024))
    thinking: Thinking = field(default_factory=Thinking)
    retries: int = 2
    retry_temperature: float = 0.7
    max_invalid: float = 0.5
    window: int = 40


class Judge:
    """An engine with settings and an identity.

    Args:
        engine: Loaded model, or endpoint.
        settings: How it is asked.
        name: What reports call it; the model's name when empty.
    """

    def __init__(self, engine: Engine, settings: JudgeSettings | None = None, *, name: str = "") -> None:
        self.engine = engine
        self.settings = settings or JudgeSettings()
        self.name = name or engine.info.model
        self.calls = 0
        """Requests sent so far."""
        self.invalid: Counter[str] = Counter()
        """Why replies were no verdicts, with counts."""
        self.failures: Counter[str] = Counter()
        """Why there were no replies: the failures of its engine, with counts."""

    @property
    def identity(self) -> dict[str, Any]:
        """What its verdicts depend on: weights (or the model's name, of an endpoint), engine, numbers, sampling.

        Not the address of an endpoint: it moves, and the model behind it is what was named.
        """
        info = self.engine.info
        return {
            "model": info.weights or info.model,
            "engine": info.engine,
            "dtype": info.dtype,
            "sampling": asdict(self.settings.sampling),
            "thinking": str(self.settings.thinking),
            "retries": self.settings.retries,
            "retry_temperature": self.settings.retry_temperature,
        }

    def ask(
        self, questions: Iterable[Question], cache: VerdictCache, on_verdict: OnVerdict | None = None
    ) -> dict[str, Verdict]:
        """Get a verdict on each question, from the cache or the engine.

        All questions of a try are one ``generate`` call, sorted so that common beginnings follow each other.

        Args:
            questions: Equal ones are asked once.
            cache: Verdicts are kept there as they come.
            on_verdict: Called with the number of verdicts so far and in all.

        Returns:
            ``question.hash`` → verdict, for every question.

        Raises:
            UnusableJudgeError: Too many of its replies are no verdicts.
            JudgeFailingError: Its engine fails on too many.
            StorageError: The cache took no more.
        """
        unique = {question.hash: question for question in questions}
        judge = fingerprint(self.identity)
        keys = {name: fingerprint([judge, name]) for name in unique}
        verdicts = {name: kept for name in unique if (kept := cache.get(keys[name])) is not None}
        open_names = sorted(unique.keys() - verdicts.keys(), key=lambda name: (unique[name].order, name))
        reasons: dict[str, Verdict] = {}
        health = _Health(self, self.settings)

        def settle(name: str, verdict: Verdict) -> None:
            verdicts[name] = verdict
            cache.put(keys[name], verdict, judge=self.name, template=unique[name].template.name)
            if on_verdict is not None:
                on_verdict(len(verdicts), len(unique))

        for attempt in range(self.settings.retries + 1):
            waiting = [name for name in open_names if name not in verdicts]
            asked = self._asked([unique[name] for name in waiting], waiting, attempt)
            for name, verdict in asked:
                if attempt == 0:
                    health.count(verdict)
                if verdict.value is None:
                    reasons[name] = _after(reasons.get(name), verdict)
                else:
                    settle(name, verdict)
        for name in open_names:
            if name not in verdicts:
                settle(name, reasons[name])
        return verdicts

    def _asked(
        self, questions: Sequence[Question], names: Sequence[str], attempt: int
    ) -> Generator[tuple[str, Verdict], None, None]:
        """One try at each question; what the engine never answers is a failure too."""
        if not questions:
            return
        forms = dict(zip(names, (question.form for question in questions), strict=True))
        completions = self.engine.generate(
            self._request(question, name, attempt) for question, name in zip(questions, names, strict=True)
        )
        try:
            for completion in completions:
                form = forms.pop(completion.request_id)
                self.calls += 1
                yield completion.request_id, self._noted(self._read(completion, form.read, attempt + 1))
        finally:
            # An engine's iterator is a generator: closing it stops the work on what was sent already.
            if isinstance(completions, Generator):
                completions.close()
        for name in forms:
            yield name, self._noted(self._unavailable("the engine returned nothing", attempt + 1, failed=True))

    def _request(self, question: Question, name: str, attempt: int) -> GenerationRequest:
        sampling = self.settings.sampling
        if attempt:
            warmer = sampling.temperature or self.settings.retry_temperature
            sampling = replace(sampling, seed=sampling.seed + attempt, temperature=warmer)
        # OpenAI's strict schemas know no maxLength; local engines need it, since a weak judge explains without end.
        schema = question.form.schema(bounded=self.engine.info.engine != "openai")
        return GenerationRequest(name, question.messages(), sampling, self.settings.thinking, json_schema=schema)

    def _read(self, completion: Completion, read: Callable[[str], tuple[Any, str]], attempts: int) -> Verdict:
        if completion.error is not None:
            why = f"{completion.error.code}: {completion.error.message}"
            return self._unavailable(why, attempts, failed=True)
        try:
            value, explanation = read(completion.text)
        except InvalidVerdictError as error:
            cut = " (the reply was cut off)" if completion.finish_reason == "length" else ""
            return self._unavailable(error.message + cut, attempts)
        return Verdict(value, explanation, self.name, attempts)

    def _unavailable(self, reason: str, attempts: int, *, failed: bool = False) -> Verdict:
        return Verdict(None, "", self.name, attempts, reason, failed)

    def _noted(self, verdict: Verdict) -> Verdict:
        if verdict.value is None:
            why = self.failures if verdict.failed else self.invalid
            why[verdict.reason[:120]] += 1
        return verdict


def _after(before: Verdict | None, verdict: Verdict) -> Verdict:
    """What a second try that came to nothing leaves of a question.

    A try that the engine failed on was none of the judge's: what follows it does not settle the question, which is
    asked again by the next run.
    """
    if before is None or not before.failed or verdict.failed:
        return verdict
    return replace(verdict, failed=True, reason=f"{before.reason}; then: {verdict.reason}")


class _Health:
    """Gives a judge up when too many of its last first tries came to nothing; retries are bounded already.

    Failures of the engine say nothing about the judge, so that the two are counted apart.
    """

    def __init__(self, judge: Judge, settings: JudgeSettings) -> None:
        self._judge, self._limit = judge, settings.max_invalid
        self._failed: deque[bool] = deque(maxlen=settings.window)
        self._invalid: deque[bool] = deque(maxlen=settings.window)

    def count(self, verdict: Verdict) -> None:
        self._failed.append(verdict.failed)
        if not verdict.failed:
            self._invalid.append(verdict.value is None)
        if bad := self._too_many(self._failed):
            raise JudgeFailingError(
                f"{bad} of the last {len(self._failed)} requests to the judge {self._judge.name!r} failed; the grading "
                f"was stopped. Most often {_most_often(self._judge.failures)}",
                hint="see that the engine or endpoint runs and takes this many requests at once (--batch-size), then "
                "give the same command again: verdicts so far are kept, what failed is asked again",
            )
        if bad := self._too_many(self._invalid):
            raise UnusableJudgeError(
                f"{bad} of the last {len(self._invalid)} replies of the judge {self._judge.name!r} were no verdicts; "
                f"the grading was stopped. Most often {_most_often(self._judge.invalid)}",
                hint="take a judge that follows instructions, or an engine that can constrain its output to a JSON "
                "schema; verdicts so far are kept and not asked again",
            )

    def _too_many(self, last: deque[bool]) -> int:
        """How many of them, where these are too many; else 0."""
        bad = sum(last)
        return bad if len(last) == last.maxlen and bad > self._limit * len(last) else 0


def _most_often(reasons: Counter[str]) -> str:
    reason, times = reasons.most_common(1)[0]
    return f"({times} times): {reason}"


# Judging a relative is not independent either. By what the models' cards say they were trained from.
_RELATIVES = {"gemma": "gemma", "qwen": "qwen", "qwq": "qwen", "medgo": "qwen", "lingshu": "qwen", "llama": "llama"}


def family(model: str) -> str:
    """Family of a model by its name: ``Qwen/Qwen3-8B`` is ``qwen``; derived models count to what they come from."""
    name = model.rstrip("/").rpartition("/")[2].casefold()
    relative = next((of for part, of in _RELATIVES.items() if part in name), "")
    letters = re.match(r"[^\W\d_]*", name)
    return relative or (letters[0] if letters else "")


def judges_itself(judge: Engine, *, model: str, weights: str = "") -> bool:
    """Whether a judge would grade its own weights or a model of its own family.

    Args:
        judge: The judge.
        model: Name of the judged model.
        weights: Hash of its weights, where known.
    """
    info = judge.info
    if weights and weights == info.weights:
        return True
    mine = family(info.model)
    return bool(mine) and mine == family(model)
