"""Sources become documents and records: a reader for each format, which loses no text and says what it leaves out."""
