"""Points: the ledger, and the policies that move it."""
