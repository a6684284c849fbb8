#!/usr/bin/env bash
# Builds the environment of the tools that corpus and curation are measured against:  scripts/make_corpus_peer_env.sh [FOLDER]
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${1:-.venv-corpus-peers}
python=${PYTHON:-python3.11}
[[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check \
  pubmed_parser==0.5.1 datasketch==2.0.0 datatrove==0.10.1 nltk==3.10.4 hl7==0.4.5 fhir.resources==8.3.0 \
  trafilatura==2.3.1 pypdf==7.1.0 mwparserfromhell==0.7.2 resiliparse==2.0.1
echo "$venv is ready: make bench-corpus"
