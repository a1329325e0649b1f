"""Flash sales: stock and reservations."""
