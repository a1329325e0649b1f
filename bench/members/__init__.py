"""The bench of the sync: memberships of three systems taken in, and taken in again."""
