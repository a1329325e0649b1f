"""Documents on their way to an answer: limits, cache and execution."""
