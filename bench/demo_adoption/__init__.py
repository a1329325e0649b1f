"""A shop's members move to the platform, step by step and back, while people use them."""
