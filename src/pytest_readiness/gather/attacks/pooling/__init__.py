"""One connection that serves one person after another."""
