"""What the target's own SQL says, read as text: a hint on where to look, never on what is safe."""
