"""WooCommerce: customers, orders and coupons over its REST interface v3."""
