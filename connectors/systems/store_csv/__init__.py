"""CSV files that stores drop at the end of a day."""
