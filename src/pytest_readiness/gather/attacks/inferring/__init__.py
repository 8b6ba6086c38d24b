"""What is learned of values that stay hidden."""
