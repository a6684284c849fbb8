"""Rows on their way in: read, let through or refused, tokenised as they will be served."""
