"""JD's marketplace over its open platform."""
