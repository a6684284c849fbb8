"""Clinical records from cases: documents, quality control, and better and worse documents side by side."""
