"""Inference: engines, prompts, chat, batch and the registry of models."""
