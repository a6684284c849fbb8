"""Proves that identities are gone: attacks the output, measures its uniqueness, lets a person look, and signs."""
