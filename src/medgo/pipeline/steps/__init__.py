"""The steps that a pipeline can have, each in a file: what it depends on and which room does its work."""
