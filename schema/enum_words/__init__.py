"""What the enums of the contract mean, as data."""
