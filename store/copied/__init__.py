"""The platform's copy of rows that systems push or drop."""
