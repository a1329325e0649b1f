"""Promotions and coupons that the platform decides."""
