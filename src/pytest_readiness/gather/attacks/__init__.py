"""What each actor gets at, tried on the populated target."""
