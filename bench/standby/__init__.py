"""A flash sale over two PostgreSQL servers, of which the first one dies for good."""
