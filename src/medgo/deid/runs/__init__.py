"""Runs over files and folders: in constant memory, resumable, and never passing on what could not be read."""

from medgo.deid.runs.config import RunConfig, run_folder
from medgo.deid.runs.detection import run_detection
from medgo.deid.runs.runner import RunReport, run_deid

__all__ = ["RunConfig", "RunReport", "run_deid", "run_detection", "run_folder"]
