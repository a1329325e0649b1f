"""Those who send touches: a signed webhook, and a drop of CSV files."""
