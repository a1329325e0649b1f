"""A database with the tables of Open Source POS, and a proxy that makes it misbehave."""

from demo.pos.seed import READER, add_sales, seed_database

__all__ = ["READER", "add_sales", "seed_database"]
