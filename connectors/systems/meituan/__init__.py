"""Meituan: orders of a takeaway platform, by their ids."""
