"""What the platform keeps of usage: operations, and counts by day."""
