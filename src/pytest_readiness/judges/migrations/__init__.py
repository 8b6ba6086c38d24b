"""What migrations do, and would have done had they come through."""
