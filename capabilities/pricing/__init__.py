"""Pricing: what a cart costs under the promotions in force. Pure, and the same in every channel."""
