"""Finds and replaces identities in Chinese and English records, and proves it."""
