"""What is open on purpose: to everybody, to whoever sends something, to whoever may take a step."""
