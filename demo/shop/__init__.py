"""A WooCommerce shop as its REST v3 answers: orders, customers, coupons, with the traps."""

from demo.shop.app import create_shop

__all__ = ["create_shop"]
