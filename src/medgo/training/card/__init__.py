"""A model's card, in both languages, from the records of its own run; what no record says is said to be absent."""
