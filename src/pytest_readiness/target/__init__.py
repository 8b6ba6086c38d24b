"""The system under test, built from its own files on a server that may be attacked."""
