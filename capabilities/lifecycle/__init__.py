"""Where a person stands with the retailer, and when she is touched: pure rules over orders."""
