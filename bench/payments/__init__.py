"""The bench of confirmations of payments."""
