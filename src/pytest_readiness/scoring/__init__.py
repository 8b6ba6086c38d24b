"""From findings to a score, a decision and a plan: pure functions, exact arithmetic, no clock."""
