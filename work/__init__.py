"""The back door: jobs that run without a caller, in a process of their own."""
