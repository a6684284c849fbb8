"""Tasks of science and teaching: literature, ideas, designs, cases to learn from."""
