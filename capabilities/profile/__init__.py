"""The profile of a person: what sources tell of her, and what her orders show."""
