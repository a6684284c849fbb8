"""Evaluation: benchmarks, reading answers, scoring, statistics, judging, reports."""
