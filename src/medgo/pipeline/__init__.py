"""One command from sources to a card; a step is skipped when nothing that it reads has changed."""
