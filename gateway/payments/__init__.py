"""Confirmations of payments: proved, read, and counted together with others that arrive."""
