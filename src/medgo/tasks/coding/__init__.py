"""Tasks about the record itself: its terms and codes, its defects."""
