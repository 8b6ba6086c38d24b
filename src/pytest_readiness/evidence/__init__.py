"""What was gathered from the target: frozen, typed data without judgement, one module an area."""
