"""Vendure: customers and orders over its admin API, which is GraphQL."""
