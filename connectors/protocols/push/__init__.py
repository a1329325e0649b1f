"""Push: systems that cannot be reached send rows, and the platform's copy answers for them."""
