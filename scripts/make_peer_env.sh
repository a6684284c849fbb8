#!/usr/bin/env bash
# Builds the environment of the evaluation tool we measure against:  scripts/make_peer_env.sh [FOLDER]
#
# lm-eval wants other packages than medgo has, and nothing of it may decide what medgo runs with; so it gets an
# environment to itself, with the same torch and transformers, so that both sides multiply with the same library.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${1:-.venv-peers}
python=${PYTHON:-python3.11}
version() { grep -E "^$1==" constraints.txt; }

if [[ -x $venv/bin/python ]] && "$venv/bin/python" -c 'import lm_eval.models.huggingface' 2>/dev/null; then
  echo "$venv is ready"
  exit 0
fi
[[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
# torch first and alone: a looser range in a dependency pulls gigabytes of CUDA libraries.
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check "$(version torch)"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  "$(version transformers)" "$(version accelerate)" lm_eval==0.4.13
echo "$venv is ready: python benchmarks/scoring.py --peer-python $venv/bin/python"
