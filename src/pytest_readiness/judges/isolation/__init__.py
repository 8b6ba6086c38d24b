"""What attempts on rows of others did, whose these were, and what that says of each object."""
