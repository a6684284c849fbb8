"""What training will do to rows, shown before it starts."""
