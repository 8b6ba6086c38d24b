"""What one does with what is one's own, to read more of others afterwards."""
