"""What the platform keeps of orders."""
