"""The bench of flash sales."""
