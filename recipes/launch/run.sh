#!/usr/bin/env bash
# Trains the stages of a recipe under accelerate or torchrun; each starts from the merged model of the stage before. Run
# again after a kill: what is done is not done again. 逐阶段训练；中断后重新运行即可续训。
#
# SIGTERM, Ctrl-C or a closed terminal: processes save, then it ends. 收到停止信号后，训练进程先保存，脚本随后结束。
#
#   recipes/launch/run.sh RECIPE CONFIG "stage1 stage2 dpo kto" [key=value …]
#   recipes/launch/run.sh recipes/medgo-32b/training.yaml recipes/launch/gpus_8xh200.yaml "stage1 stage2 dpo kto"
#   recipes/launch/run.sh recipes/medgo-32b/training.yaml torchrun "stage1 stage2 dpo kto"
#
# CONFIG is a file of accelerate's, or the word torchrun, which reads none: the recipe's devices say how many processes
# there are. The worker trains the same under both. CONFIG 为 accelerate 配置文件；或写 torchrun，进程数取自配方的 devices。
#
# Rows are prepared once, by one process: never under the process group, where tokenising would run into its timeout.
# On one machine `medgo train run RECIPE` does all of this. 单机直接用 medgo train run 即可。
#
# Several machines: run it on each, with MACHINE_RANK, MAIN_IP and RUN_ID (the same and new for each start) set and the
# recipe's output on a disk that all share. 多机：各机同时运行，输出目录须共享。
set -euo pipefail

# A step runs in the background, because bash hears no signal while it waits for one in the foreground, and in a group of
# its own, or Ctrl-C would reach it twice: a second signal cuts the saving short, so one is sent on. (set -m would make
# groups, too, but stops a script that was started with & in a terminal.)
own_group='import os, sys
os.setpgrp()
try:
    os.execvp(sys.argv[1], sys.argv[1:])
except OSError as error:
    sys.exit(f"{sys.argv[1]}: {error.strerror}")'
running='' stopped='' told=''
tell() {
  if [[ -n $stopped && -n $running && -z $told ]]; then
    told=yes
    kill -TERM "$running" 2> /dev/null || true
  fi
}
trap 'stopped=yes; tell' TERM INT HUP

# run COMMAND…: its status; 143 when a stop was asked for, also where the command ended well.
run() {
  local status=0
  [[ -z $stopped ]] || return 143
  python -c "$own_group" "$@" &
  running=$!
  tell  # the signal may have come before its number was known
  wait "$running" || status=$?
  if [[ -n $told ]]; then  # the signal ended wait, not the command
    while kill -0 "$running" 2> /dev/null; do wait "$running" || true; done
    status=0
    wait "$running" || status=$?
  fi
  running=''
  [[ -z $stopped || $status != 0 ]] || status=143
  return "$status"
}

recipe=$1 config=$2 stages=$3
shift 3
rank=${MACHINE_RANK:-0}
devices=$(python - "$recipe" "$@" <<'END'
import sys
from pathlib import Path
from medgo.training.recipe import load_training_recipe
recipe = load_training_recipe(Path(sys.argv[1]), sys.argv[2:])
sys.stdout.write(f"{recipe.devices.processes} {recipe.devices.machines} {recipe.output}")
END
)
read -r processes machines output <<< "$devices"
if ((machines > 1)); then
  : "${MAIN_IP:?the recipe names several machines: set it to the address of the first}"
fi
if [[ -n ${MAIN_IP:-} ]]; then
  : "${RUN_ID:?several machines need it, the same and new for each start}"
fi
port=${MAIN_PORT:-29500}
# Asked to stop, processes end their step and save; torch, which is behind both launchers, would kill them after 30 s.
export TORCH_ELASTIC_SHUTDOWN_TIMEOUT=${TORCH_ELASTIC_SHUTDOWN_TIMEOUT:-600}
if [[ $config == torchrun ]]; then
  launcher=(torchrun --nnodes "$machines" --nproc-per-node "$processes")
  if [[ -n ${MAIN_IP:-} ]]; then
    launcher+=(--node-rank "$rank" --master-addr "$MAIN_IP" --master-port "$port")
  else
    launcher+=(--standalone)  # a free port of its own: two runs on one machine do not meet
  fi
else
  launcher=(accelerate launch --config_file "$config")
  if [[ -n ${MAIN_IP:-} ]]; then
    launcher+=(--machine_rank "$rank" --main_process_ip "$MAIN_IP" --main_process_port "$port")
  fi
fi
mkdir -p "$output"
failed=$output/failed-${RUN_ID:-alone}
if [[ $rank == 0 ]]; then
  rm -f "$failed"
  trap 'touch "$failed"' ERR
fi

# The first machine prepares and merges, which may take hours; READY_SECONDS is the most that the others wait for it.
wait_for_first() {
  local last=$((SECONDS + ${READY_SECONDS:-43200}))
  until [[ -f $1 ]]; do
    if [[ -f $failed ]]; then
      echo "machine $rank: the first machine failed; its own words say why 主节点失败，原因见其日志" >&2
      return 1
    fi
    if ((SECONDS >= last)); then
      echo "machine $rank: $1 did not come; does the first machine run, and do all share $output? 等待主节点超时" >&2
      return 1
    fi
    run sleep "${POLL_SECONDS:-5}"
  done
}

# Closed, and from what the stage was prepared from now: a stage that was prepared anew has an old done.json.
is_done() {
  python - "$1" <<'END'
import json
import sys
from pathlib import Path
done, job = Path(sys.argv[1], "done.json"), Path(sys.argv[1], "job.json")
try:
    closed = json.loads(done.read_bytes())["inputs"] == json.loads(job.read_bytes())["inputs"]
except (OSError, ValueError, KeyError):
    closed = False
sys.exit(not closed)
END
}

for stage in $stages; do
  ready=$output/ready-${RUN_ID:-alone}-$stage
  if [[ $rank == 0 ]]; then
    run medgo train prepare "$recipe" "$@" --stage "$stage" > "$ready.folder"
    mv "$ready.folder" "$ready"
  else
    wait_for_first "$ready"
  fi
  folder=$(cat "$ready")
  if is_done "$folder"; then continue; fi
  run "${launcher[@]}" -m medgo.training.running.worker "$folder"
  if [[ $rank == 0 ]]; then run medgo train finish "$folder"; fi
done
