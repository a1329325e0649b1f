"""Youzan: the orders of a mini-program shop."""
