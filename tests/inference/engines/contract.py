"""What every engine must do: one suite of tests over a fixture ``engine``; knows no engine by name.

Subclass :class:`EngineContract` as ``Test…``, give a class-scoped fixture ``options`` (or override ``engine``), and
set the class attributes to what the engine and its model can do. Needs nothing but pytest and medgo, so that it also
runs in vLLM's own environment.
"""

from __future__ import annotations

import math
import random
import threading
from collections.abc import Iterable, Iterator

import pytest

from medgo.errors import InputError, MedGoError
from medgo.inference.engines import EngineOptions, open_engine
from medgo.inference.protocol import (
    Completion,
    Delta,
    Engine,
    GenerationRequest,
    LabelScores,
    Sampling,
    ScoringRequest,
    Thinking,
)
from medgo.schema import Message
from tests.support.json_check import BAD_SCHEMAS, LETTER, TREE, VERDICT, parse

QUESTIONS = (
    "What is hypertension?",
    "高血压是什么？",
    "Name one symptom of diabetes.",
    "List three causes of chest pain, most dangerous first, and say why each one matters to an emergency physician.",
    "发热三天，应该做哪些检查？",
    "Hi",
)
INCOMPLETE = "\N{REPLACEMENT CHARACTER}"


def ask(
    text: str = QUESTIONS[0],
    *,
    name: str = "r",
    thinking: Thinking = Thinking(),
    logprobs: int | None = None,
    answer_prefix: str = "",
    json_schema: str | None = None,
    **sampling: object,
) -> GenerationRequest:
    """One short request; further keywords go into :class:`Sampling`."""
    chosen = Sampling(**{"max_new_tokens": 8, **sampling})  # type: ignore[arg-type]
    return GenerationRequest(name, (Message("user", text),), chosen, thinking, logprobs, answer_prefix, json_schema)


def many(n: int, *, prefix: str = "r", **keywords: object) -> list[GenerationRequest]:
    """``n`` different requests of different prompt and reply lengths, each with its own seed."""
    return [
        ask(
            f"{QUESTIONS[i % len(QUESTIONS)]} ({i})",
            name=f"{prefix}{i}",
            **{"seed": i, "max_new_tokens": 4 + i % 5, **keywords},  # type: ignore[arg-type]
        )
        for i in range(n)
    ]


def answer(engine: Engine, request: GenerationRequest) -> Completion:
    """The completion of one request, which must not fail."""
    (completion,) = engine.generate([request])
    assert completion.error is None, completion.error
    return completion


def answers(engine: Engine, requests: Iterable[GenerationRequest]) -> dict[str, Completion]:
    """Completions by id; none may fail, none may come twice."""
    found: dict[str, Completion] = {}
    for completion in engine.generate(requests):
        assert completion.error is None, completion.error
        assert completion.request_id not in found, "a request was answered twice"
        found[completion.request_id] = completion
    return found


def texts(found: dict[str, Completion]) -> dict[str, str]:
    """The texts alone."""
    return {name: completion.text for name, completion in found.items()}


def joined(deltas: Iterable[Delta], kind: str = "answer") -> str:
    """The streamed text of one kind."""
    return "".join(delta.text for delta in deltas if delta.kind == kind)


def score(engine: Engine, request: ScoringRequest) -> LabelScores:
    """The scores of one request, which must not fail."""
    (scores,) = engine.score([request])
    assert scores.error is None, scores.error
    return scores


class EngineContract:
    """The suite. Attributes say what engine and model can do; a test that does not apply says why it skips.

    Args:
        slots: Requests at once with which ``engine`` was opened; at least 3.
        thinking: The model's template opens the reasoning itself when thinking is on.
        knows_missing_thinking: The engine can tell that a model has no thinking mode (an endpoint cannot).
        speaks: The model writes real sentences and ends them (random weights do not).
        long_labels: Labels of several tokens can be scored (an endpoint returns one token's candidates).
        tolerance: Largest difference of a log-probability between two ways of asking for it.
    """

    slots = 16
    thinking = False
    knows_missing_thinking = True
    speaks = True
    long_labels = True
    tolerance = 1e-3

    @pytest.fixture(scope="class")
    @classmethod
    def engine(cls, options: EngineOptions) -> Iterator[Engine]:
        """The engine under test, closed twice at the end: the second time does nothing."""
        engine = open_engine(options)
        yield engine
        engine.close()
        engine.close()

    # --- every request gets its answer, and only that -----------------------------------------------------------

    def test_implements_the_protocol_and_describes_itself(self, engine: Engine) -> None:
        assert isinstance(engine, Engine)
        info = engine.info
        assert info.engine and info.model and info.dtype and info.device
        assert info.context_length is None or info.context_length > 0

    def test_no_requests_no_completions(self, engine: Engine) -> None:
        assert list(engine.generate([])) == []
        assert list(engine.score([])) == []

    def test_one_request_one_completion(self, engine: Engine) -> None:
        completion = answer(engine, ask(name="only"))
        assert completion.request_id == "only"
        assert completion.latency > 0

    def test_more_requests_than_slots_are_answered_once_each(self, engine: Engine) -> None:
        requests = many(self.slots + 5)
        assert set(answers(engine, requests)) == {request.id for request in requests}

    def test_max_new_tokens_is_exact_when_the_end_of_turn_is_ignored(self, engine: Engine) -> None:
        found = answers(engine, [ask(name=str(n), max_new_tokens=n, ignore_eos=True) for n in (1, 2, 7, 20)])
        assert {name: c.usage.completion for name, c in found.items()} == {"1": 1, "2": 2, "7": 7, "20": 20}
        assert {c.finish_reason for c in found.values()} == {"length"}

    def test_a_finished_reply_says_stop(self, engine: Engine) -> None:
        if not self.speaks:
            pytest.skip("random weights never end their turn")
        completion = answer(engine, ask("What is 2 + 2?", max_new_tokens=128))
        assert completion.finish_reason == "stop"
        assert 0 < completion.usage.completion < 128
        assert completion.text.strip() and "<|im_end|>" not in completion.text

    def test_usage_adds_up(self, engine: Engine) -> None:
        short, long = ask("Hi", name="short"), ask("Hi " * 50, name="long")
        found = answers(engine, [short, long])
        for completion in found.values():
            usage = completion.usage
            assert 0 < usage.completion <= 8
            assert 0 <= usage.cached <= usage.prompt
            assert usage.reasoning == 0
        assert found["long"].usage.prompt >= found["short"].usage.prompt + 49
        if (counted := engine.count_tokens(long.messages)) is not None:
            assert counted == found["long"].usage.prompt

    # --- what is sampled ----------------------------------------------------------------------------------------

    def test_greedy_is_deterministic_whatever_the_seed(self, engine: Engine) -> None:
        assert len({answer(engine, ask(seed=seed, max_new_tokens=12)).text for seed in (0, 0, 7)}) == 1

    def test_a_seed_names_one_text(self, engine: Engine) -> None:
        def sampled(seed: int) -> str:
            return answer(engine, ask(temperature=1.0, seed=seed, max_new_tokens=16)).text

        assert sampled(3) == sampled(3)
        assert len({sampled(seed) for seed in range(4)}) > 1

    def test_top_k_of_one_and_a_tiny_nucleus_are_greedy(self, engine: Engine) -> None:
        greedy = answer(engine, ask()).text
        assert answer(engine, ask(temperature=1.0, top_k=1, seed=5)).text == greedy
        assert answer(engine, ask(temperature=1.0, top_p=1e-6, seed=5)).text == greedy

    @pytest.mark.parametrize("temperature", [0.0, 1.0], ids=["greedy", "sampled"])
    def test_text_does_not_depend_on_the_batch_or_its_order(self, engine: Engine, temperature: float) -> None:
        if not engine.info.batch_invariant:
            pytest.skip("this engine does not promise the same numbers in every batch")
        requests = many(16, temperature=temperature)
        together = texts(answers(engine, requests))
        alone = {request.id: answer(engine, request).text for request in requests[:6]}
        assert alone == {name: together[name] for name in alone}
        assert texts(answers(engine, requests[:3])) == {request.id: together[request.id] for request in requests[:3]}
        shuffled = random.Random(1).sample(requests, len(requests))
        assert texts(answers(engine, shuffled)) == together

    # --- stop strings -------------------------------------------------------------------------------------------

    def test_a_stop_string_ends_the_reply_and_is_not_part_of_it(self, engine: Engine) -> None:
        whole = answer(engine, ask(temperature=1.0, seed=11, max_new_tokens=24)).text
        stop = self._stop_in(whole)
        for request in (
            ask(temperature=1.0, seed=11, max_new_tokens=24, stop=(stop,)),
            ask(temperature=1.0, seed=11, max_new_tokens=24, stop=("never said", stop)),
        ):
            completion = answer(engine, request)
            assert completion.text == whole[: whole.find(stop)]
            assert completion.finish_reason == "stop"

    def test_a_streamed_stop_string_never_shows(self, engine: Engine) -> None:
        whole = answer(engine, ask(temperature=1.0, seed=12, max_new_tokens=24)).text
        stop = self._stop_in(whole)
        deltas = list(engine.stream(ask(temperature=1.0, seed=12, max_new_tokens=24, stop=(stop,))))
        assert joined(deltas) == whole[: whole.find(stop)]

    @staticmethod
    def _stop_in(text: str) -> str:
        """A piece out of the middle that crosses the border between two words, and so between two tokens."""
        for at in range(len(text) // 3, len(text) - 6):
            piece = text[at : at + 6]
            if INCOMPLETE not in piece and " " in piece[1:-1]:
                return piece
        return next(text[at : at + 4] for at in range(len(text) // 3, len(text)) if INCOMPLETE not in text[at : at + 4])

    # --- faults cost their own request --------------------------------------------------------------------------

    def test_a_prompt_that_does_not_fit_costs_only_itself(self, engine: Engine) -> None:
        limit = engine.info.context_length
        if limit is None:
            pytest.skip("the context length is unknown")
        long, greedy = ask("word " * (limit + 10), name="long"), ask(max_new_tokens=limit, name="c")
        requests = [ask(name="a"), long, ask(name="b"), greedy]
        found = {completion.request_id: completion for completion in engine.generate(requests)}
        assert found["a"].error is None and found["b"].error is None
        assert found["a"].text == found["b"].text
        for name in ("long", "c"):
            error = found[name].error
            assert error is not None and found[name].finish_reason == "error"
            assert error.code == "prompt_too_long"
            assert str(limit) in error.message
        with pytest.raises(MedGoError) as caught:
            list(engine.stream(long))
        assert caught.value.code == "prompt_too_long"
        (scores,) = engine.score([ScoringRequest("s", long.messages, ("A", "B"))])
        assert scores.error is not None and scores.error.code == "prompt_too_long"

    def test_thinking_of_a_model_without_it_costs_only_itself(self, engine: Engine) -> None:
        if self.thinking or not self.knows_missing_thinking:
            pytest.skip("the model thinks, or the engine cannot know")
        requests = [ask(name="plain"), ask(name="thinks", thinking=Thinking(enabled=True)), ask(name="also plain")]
        found = {completion.request_id: completion for completion in engine.generate(requests)}
        assert found["plain"].error is None and found["also plain"].error is None
        error = found["thinks"].error
        assert error is not None and error.code == "unsupported_request"

    def test_a_source_that_breaks_does_not_break_the_engine(self, engine: Engine) -> None:
        def source() -> Iterator[GenerationRequest]:
            yield ask(name="first")
            raise ValueError("line 2 is bad")

        with pytest.raises(ValueError, match="line 2 is bad"):
            list(engine.generate(source()))
        assert answer(engine, ask()).text == answer(engine, ask()).text

    # --- laziness -----------------------------------------------------------------------------------------------

    def test_requests_are_pulled_as_there_is_room(self, engine: Engine) -> None:
        pulled = 0

        def source() -> Iterator[GenerationRequest]:
            nonlocal pulled
            for request in many(4 * self.slots, max_new_tokens=4):
                pulled += 1
                yield request

        completions = engine.generate(source())
        assert pulled == 0, "nothing may be pulled before the caller wants something"
        next(completions)
        # All slots may have finished and been filled again before the first completion reached us.
        assert pulled <= 2 * self.slots
        assert len(list(completions)) == 4 * self.slots - 1

    def test_an_endless_source_can_be_left_and_the_engine_goes_on(self, engine: Engine) -> None:
        def endless() -> Iterator[GenerationRequest]:
            i = 0
            while True:
                yield ask(name=f"r{i}", max_new_tokens=4)
                i += 1

        completions = engine.generate(endless())
        first = [next(completions).text for _ in range(3)]
        completions.close()  # type: ignore[attr-defined]
        assert next(completions, None) is None
        assert answer(engine, ask(max_new_tokens=4)).text in first

    # --- streaming ----------------------------------------------------------------------------------------------

    @pytest.mark.parametrize("temperature", [0.0, 1.0], ids=["greedy", "sampled"])
    @pytest.mark.parametrize("question", [QUESTIONS[0], QUESTIONS[4]], ids=["en", "zh"])
    def test_a_stream_is_the_completion_in_pieces(self, engine: Engine, question: str, temperature: float) -> None:
        request = ask(question, temperature=temperature, seed=2, max_new_tokens=24)
        *deltas, last = engine.stream(request)
        assert last.completion is not None and last.text == ""
        assert all(delta.completion is None and delta.text for delta in deltas)
        assert joined(deltas) == last.completion.text == answer(engine, request).text
        assert last.completion.request_id == request.id
        assert last.completion.usage.completion > 0

    def test_a_stream_can_be_left(self, engine: Engine) -> None:
        stream = engine.stream(ask(temperature=1.0, max_new_tokens=200, ignore_eos=True))
        assert next(stream).text
        stream.close()  # type: ignore[attr-defined]
        assert answer(engine, ask()).usage.completion > 0

    @pytest.mark.parametrize("prefix", ["🩺🫀🩺🫀🩺🫀🩺🫀🩺", "血压血压血压血压血压"], ids=["emoji", "zh"])
    def test_characters_come_whole(self, engine: Engine, prefix: str) -> None:
        if not self.speaks:
            pytest.skip("random weights do not continue a pattern")
        # Any model goes on with a pattern; the embedded one needs several tokens for each of these characters. Reply
        # lengths that end inside a character must not leave half of it.
        for length in range(8, 12):
            request = ask("Go on.", answer_prefix=prefix, max_new_tokens=length, ignore_eos=True)
            deltas = list(engine.stream(request))
            assert any(character in joined(deltas) for character in prefix), joined(deltas)
            assert INCOMPLETE not in joined(deltas)
            assert joined(deltas) == answer(engine, request).text

    def test_two_threads_may_stream(self, engine: Engine) -> None:
        requests = [ask(QUESTIONS[0], name="0", max_new_tokens=12), ask(QUESTIONS[2], name="1", max_new_tokens=12)]
        alone = [answer(engine, request).text for request in requests]
        streamed = ["", ""]

        def run(i: int) -> None:
            streamed[i] = joined(engine.stream(requests[i]))

        threads = [threading.Thread(target=run, args=(i,)) for i in range(2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout=120)
        if engine.info.batch_invariant:
            assert streamed == alone
        assert all(streamed)

    # --- log-probabilities --------------------------------------------------------------------------------------

    def test_logprobs_are_those_of_the_chosen_tokens(self, engine: Engine) -> None:
        completion = answer(engine, ask(logprobs=3, max_new_tokens=10))
        assert completion.logprobs is not None
        assert len(completion.logprobs) == completion.usage.completion
        for token in completion.logprobs:
            assert token.logprob <= 1e-6
            assert len(token.top) == 3
            top = [logprob for _, logprob in token.top]
            assert top == sorted(top, reverse=True)
            assert sum(math.exp(logprob) for logprob in top) <= 1 + 1e-4
            assert token.logprob == pytest.approx(top[0], abs=self.tolerance), "greedy takes the most likely token"

    def test_logprobs_come_only_when_asked_for_and_change_nothing(self, engine: Engine) -> None:
        plain, with_logprobs = answer(engine, ask()), answer(engine, ask(logprobs=0))
        assert plain.logprobs is None
        assert with_logprobs.logprobs is not None and not any(token.top for token in with_logprobs.logprobs)
        assert plain.text == with_logprobs.text

    def test_temperature_does_not_change_logprobs(self, engine: Engine) -> None:
        cold = answer(engine, ask(logprobs=5, max_new_tokens=1))
        hot = answer(engine, ask(logprobs=5, max_new_tokens=1, temperature=1.7, seed=1))
        assert cold.logprobs and hot.logprobs
        assert [p for _, p in hot.logprobs[0].top] == pytest.approx(
            [p for _, p in cold.logprobs[0].top], abs=self.tolerance
        )

    # --- scoring labels -----------------------------------------------------------------------------------------

    def test_scores_agree_with_the_logprobs_of_generate(self, engine: Engine) -> None:
        labels, logprobs = self._likely_labels(engine)
        scores = score(engine, ScoringRequest("s", ask().messages, tuple(labels)))
        assert scores.request_id == "s" and scores.prompt_tokens > 0
        assert scores.logprobs == pytest.approx(dict(zip(labels, logprobs, strict=True)), abs=self.tolerance)
        mass = sum(math.exp(logprob) for logprob in logprobs)
        assert scores.label_mass == pytest.approx(mass, abs=self.tolerance)
        assert 0 < scores.label_mass <= 1

    def test_the_order_of_labels_and_requests_does_not_matter(self, engine: Engine) -> None:
        labels, _ = self._likely_labels(engine)
        orders = (labels, labels[::-1])
        requests = [ScoringRequest(f"{i}", ask().messages, tuple(order)) for i, order in enumerate(orders)]
        requests += [ScoringRequest(f"{i}", ask(QUESTIONS[i % 6]).messages, tuple(labels)) for i in range(2, 20)]
        found = {scores.request_id: scores for scores in engine.score(requests)}
        assert len(found) == 20 and not any(scores.error for scores in found.values())
        assert found["0"].logprobs == pytest.approx(found["1"].logprobs, abs=self.tolerance)
        assert all(0 <= scores.label_mass <= 1 + 1e-6 for scores in found.values())

    def test_a_long_label_is_the_sum_of_its_tokens(self, engine: Engine) -> None:
        if not self.long_labels:
            pytest.skip("this engine sees one token's candidates only")
        messages = ask().messages
        both = score(engine, ScoringRequest("s", messages, (" high blood", " high", " low"))).logprobs
        rest = score(engine, ScoringRequest("s", messages, (" blood",), answer_prefix=" high")).logprobs
        assert both[" high blood"] == pytest.approx(both[" high"] + rest[" blood"], abs=2 * self.tolerance)

    def test_a_label_that_ends_the_turn_is_less_likely_than_one_that_may_go_on(self, engine: Engine) -> None:
        messages, labels = ask().messages, (" high", " high blood")
        scores = [
            next(engine.score([ScoringRequest("s", messages, labels, ends_turn=ends_turn)]))
            for ends_turn in (False, True)
        ]
        if not self.long_labels:
            error = scores[1].error
            assert error is not None and error.code == "unsupported_request"
            return
        assert not any(entry.error for entry in scores)
        assert all(scores[1].logprobs[label] < scores[0].logprobs[label] for label in labels)
        # What the label begins with is as likely as before, so the mass is, too.
        assert scores[1].label_mass == pytest.approx(scores[0].label_mass, abs=self.tolerance)

    def test_scoring_knows_thinking_as_generating_does(self, engine: Engine) -> None:
        request = ScoringRequest("s", ask().messages, (" high", " low"), thinking=Thinking(enabled=True))
        (scores,) = engine.score([request])
        if self.thinking or not self.knows_missing_thinking:
            assert scores.error is None
        else:
            assert scores.error is not None and scores.error.code == "unsupported_request"

    def _likely_labels(self, engine: Engine) -> tuple[list[str], list[float]]:
        completion = answer(engine, ask(logprobs=20, max_new_tokens=1))
        assert completion.logprobs is not None
        words = {token: p for token, p in completion.logprobs[0].top if token.isascii() and token.strip().isalpha()}
        assert len(words) >= 2, "the twenty most likely tokens should hold some words"
        return list(words), list(words.values())

    # --- the beginning of the answer ----------------------------------------------------------------------------

    def test_an_answer_prefix_is_continued_and_not_repeated(self, engine: Engine) -> None:
        whole = answer(engine, ask(max_new_tokens=12))
        begun = answer(engine, ask(answer_prefix="The answer is:", max_new_tokens=12))
        assert not begun.text.startswith("The answer is:")
        assert begun.usage.prompt > whole.usage.prompt
        if self.speaks:
            assert begun.text != whole.text

    # --- constrained JSON ---------------------------------------------------------------------------------------

    @pytest.mark.parametrize("temperature", [0.0, 1.0], ids=["greedy", "sampled"])
    def test_json_that_ends_satisfies_its_schema(self, engine: Engine, temperature: float) -> None:
        requests = [
            ask(question, name=f"{i}", seed=i, temperature=temperature, max_new_tokens=160, json_schema=VERDICT)
            for i, question in enumerate(QUESTIONS)
        ]
        found = answers(engine, requests)
        for completion in found.values():
            assert completion.finish_reason == "stop", completion
            parse(completion.text, VERDICT)
        assert texts(answers(engine, requests)) == texts(found) or not engine.info.batch_invariant
        if temperature:
            assert len(set(texts(found).values())) > 1

    def test_json_cut_off_is_a_beginning(self, engine: Engine) -> None:
        whole = answer(engine, ask(max_new_tokens=160, json_schema=VERDICT)).text
        for length in (1, 5, 12):
            cut = answer(engine, ask(max_new_tokens=length, json_schema=VERDICT))
            assert cut.finish_reason == "length"
            assert cut.usage.completion == length
            assert whole.startswith(cut.text) and len(cut.text) < len(whole)

    def test_json_and_free_replies_share_a_batch(self, engine: Engine) -> None:
        free = many(5, prefix="free")
        bound = [ask(QUESTIONS[i], name=f"{i}", max_new_tokens=160, json_schema=VERDICT) for i in range(3)]
        letters = [ask(QUESTIONS[i], name=f"letter{i}", json_schema=LETTER) for i in range(3)]
        mixed = [request for group in zip(free, bound, letters, strict=False) for request in group] + free[3:]
        found = answers(engine, mixed)
        if engine.info.batch_invariant:
            assert {request.id: answer(engine, request).text for request in mixed} == texts(found)
        for request in bound:
            parse(found[request.id].text, VERDICT)
        for request in letters:
            parse(found[request.id].text, LETTER)
        for request in free:
            assert not found[request.id].text.startswith('{"grade"')

    def test_json_streams(self, engine: Engine) -> None:
        request = ask(temperature=1.0, seed=3, max_new_tokens=160, json_schema=VERDICT)
        *deltas, last = engine.stream(request)
        assert last.completion is not None
        assert joined(deltas) == last.completion.text == answer(engine, request).text
        parse(last.completion.text, VERDICT)

    def test_json_of_a_schema_that_holds_itself(self, engine: Engine) -> None:
        requests = [
            ask(name=f"{i}", seed=i, temperature=1.0, max_new_tokens=200, json_schema=TREE) for i in range(self.slots)
        ]
        for completion in answers(engine, requests).values():
            assert completion.text.startswith('{"side":"')
            if completion.finish_reason == "stop":
                parse(completion.text, TREE)

    @pytest.mark.parametrize("schema", BAD_SCHEMAS)
    def test_a_bad_json_schema_costs_only_its_request(self, engine: Engine, schema: str) -> None:
        requests = [ask(name="a"), ask(name="bad", json_schema=schema), ask(name="b", json_schema=LETTER)]
        found = {completion.request_id: completion for completion in engine.generate(requests)}
        assert found["a"].error is None and found["b"].error is None
        error = found["bad"].error
        assert error is not None and error.code in ("invalid_input", "unsupported_request")
        assert "schema" in error.message
        with pytest.raises(InputError, match="schema"):
            list(engine.stream(requests[1]))

    def test_json_leaves_the_logprobs_of_its_tokens(self, engine: Engine) -> None:
        completion = answer(engine, ask(max_new_tokens=160, logprobs=2, json_schema=LETTER))
        assert completion.logprobs is not None and len(completion.logprobs) == completion.usage.completion
        parse(completion.text, LETTER)

    def test_json_begins_behind_the_reasoning(self, engine: Engine) -> None:
        self._needs_thinking()
        requests = [
            ask(
                name=f"{i}",
                thinking=Thinking(enabled=True, budget=budget),
                temperature=1.0,
                seed=i,
                max_new_tokens=200,
                json_schema=VERDICT,
            )
            for i, budget in enumerate((0, 1, 6, 20))
        ]
        found = answers(engine, requests)
        for request in requests:
            completion = found[request.id]
            assert completion.finish_reason == "stop"
            budget = request.thinking.budget
            assert budget is not None and completion.reasoning is not None
            assert completion.usage.reasoning <= max(budget, 1)
            parse(completion.text, VERDICT)
        *deltas, last = engine.stream(requests[2])
        assert last.completion is not None and last.completion.reasoning
        assert joined(deltas, "reasoning") == last.completion.reasoning
        parse(joined(deltas), VERDICT)

    def test_json_waits_for_the_end_of_the_reasoning(self, engine: Engine) -> None:
        self._needs_thinking()
        thinking = Thinking(enabled=True)
        requests = [
            ask(name=f"{i}", thinking=thinking, temperature=1.0, seed=i, max_new_tokens=20, json_schema=VERDICT)
            for i in range(4)
        ]
        found = answers(engine, requests).values()
        for completion in found:
            assert completion.finish_reason == "length" and completion.reasoning is not None
            # Random weights may close their reasoning by chance, and then have begun their JSON.
            assert '{"grade":"'.startswith(completion.text[:10])
        assert any(completion.reasoning and not completion.text for completion in found)

    # --- thinking -----------------------------------------------------------------------------------------------

    def test_thinking_off_gives_no_reasoning(self, engine: Engine) -> None:
        completion = answer(engine, ask(temperature=1.0, max_new_tokens=12))
        assert completion.reasoning is None and not completion.thinking_forced
        assert completion.text

    def test_thinking_on_gives_the_reasoning_apart(self, engine: Engine) -> None:
        self._needs_thinking()
        request = ask(thinking=Thinking(enabled=True), temperature=1.0, seed=4, max_new_tokens=12)
        completion = answer(engine, request)
        # Random weights never close their reasoning, so all of it is reasoning and it ends by length.
        assert completion.reasoning and completion.text == ""
        assert completion.finish_reason == "length" and not completion.thinking_forced
        *deltas, last = engine.stream(request)
        assert joined(deltas, "reasoning") == completion.reasoning
        assert last.completion is not None and last.completion.reasoning == completion.reasoning

    def test_a_spent_budget_forces_the_answer(self, engine: Engine) -> None:
        self._needs_thinking()
        budget = Thinking(enabled=True, budget=6)
        requests = [
            ask(name=str(i), thinking=budget, temperature=1.0, seed=i, max_new_tokens=24, ignore_eos=True)
            for i in range(4)
        ]
        requests.append(ask(name="off", temperature=1.0))
        found = answers(engine, requests)
        assert not found.pop("off").thinking_forced
        for completion in found.values():
            assert completion.thinking_forced
            assert completion.reasoning is not None and completion.text.strip()
            assert "</think>" not in completion.reasoning
            assert not completion.text.startswith("</think>")
            assert completion.usage.reasoning <= 6
            assert completion.usage.completion <= 24
        *deltas, last = engine.stream(requests[0])
        assert last.completion is not None and last.completion.thinking_forced
        assert joined(deltas) == last.completion.text == found["0"].text
        assert joined(deltas, "reasoning") == last.completion.reasoning == found["0"].reasoning

    def test_a_budget_as_long_as_the_reply_leaves_room_to_answer(self, engine: Engine) -> None:
        self._needs_thinking()
        budget = Thinking(enabled=True, budget=23)
        completion = answer(engine, ask(thinking=budget, temperature=1.0, max_new_tokens=24, ignore_eos=True))
        assert completion.thinking_forced
        assert completion.usage.completion == 24
        assert 0 < completion.usage.reasoning <= 23

    def test_a_stop_string_does_not_stop_the_reasoning(self, engine: Engine) -> None:
        self._needs_thinking()
        thinking = Thinking(enabled=True)
        free = answer(engine, ask(thinking=thinking, temperature=1.0, seed=4, max_new_tokens=16))
        assert free.reasoning is not None
        stop = free.reasoning.strip(INCOMPLETE)[2:5]
        bound = answer(engine, ask(thinking=thinking, temperature=1.0, seed=4, max_new_tokens=16, stop=(stop,)))
        assert bound.reasoning == free.reasoning and bound.finish_reason == "length"

    def _needs_thinking(self) -> None:
        if not self.thinking:
            pytest.skip("this model does not think")
