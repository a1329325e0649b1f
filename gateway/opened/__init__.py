"""What one process holds open, each capability in its own place."""
