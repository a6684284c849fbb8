"""Runs: what is asked, how it is answered and kept, and how a run folder is read."""

from medgo.evaluation.runs.folder import Run, open_run
from medgo.evaluation.runs.plan import RunPlan, plan_run
from medgo.evaluation.runs.runner import RunResult, run_evaluation

__all__ = ["Run", "RunPlan", "RunResult", "open_run", "plan_run", "run_evaluation"]
