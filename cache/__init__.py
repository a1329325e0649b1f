"""What is kept close, in Redis, which may lose everything at any moment."""
