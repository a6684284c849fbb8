#!/usr/bin/env bash
# Trains the stages of a recipe under accelerate; each starts from the merged model of the stage before. Run again after
# a kill: what is done is not done again. 逐阶段训练；中断后重新运行即可续训。
#
#   recipes/launch/run.sh RECIPE CONFIG "stage1 stage2 dpo kto" [key=value …]
#
# Rows are prepared once, by one process: never under the process group, where tokenising would run into its timeout.
# On one machine `medgo train run RECIPE` does all of this. 单机直接用 medgo train run 即可。
#
# Several machines: run it on each, with MACHINE_RANK, MAIN_IP and RUN_ID (the same and new for each start) set and the
# recipe's output on a disk that all share. 多机：各机同时运行，输出目录须共享。
set -euo pipefail

recipe=$1 config=$2 stages=$3
shift 3
rank=${MACHINE_RANK:-0}
meeting=()
if [[ -n ${MAIN_IP:-} ]]; then
  meeting=(--machine_rank "$rank" --main_process_ip "$MAIN_IP" --main_process_port "${MAIN_PORT:-29500}")
fi
output=$(python - "$recipe" "$@" <<'END'
import sys
from pathlib import Path
from medgo.training.recipe import load_training_recipe
sys.stdout.write(load_training_recipe(Path(sys.argv[1]), sys.argv[2:]).output)
END
)
mkdir -p "$output"

for stage in $stages; do
  ready=$output/ready-${RUN_ID:-alone}-$stage
  if [[ $rank == 0 ]]; then
    medgo train prepare "$recipe" "$@" --stage "$stage" > "$ready.folder"
    mv "$ready.folder" "$ready"
  else
    until [[ -f $ready ]]; do sleep 5; done   # the first machine prepares and merges
  fi
  folder=$(cat "$ready")
  if [[ -f $folder/done.json ]]; then continue; fi
  accelerate launch --config_file "$config" "${meeting[@]}" -m medgo.training.running.worker "$folder"
  if [[ $rank == 0 ]]; then medgo train finish "$folder"; fi
done
