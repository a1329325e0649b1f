"""Douyin: orders of a live-stream shop (抖店)."""
