"""The words of the platform: records, ports and rules of member, order, promotion and product.

Nothing here speaks HTTP, SQL or GraphQL, and nothing here imports another room.
"""
