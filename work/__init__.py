"""The back door: jobs that run without a caller; empty until the first job comes."""
