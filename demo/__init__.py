"""A retailer in a box: legacy systems that misbehave like the real ones, with sample data."""
