"""A crowd at a flash sale: sockets that wait, polls, and everybody who wants a piece."""
