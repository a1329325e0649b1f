"""Keys of machine clients, and the trail of who did what."""
