"""Who is calling: tokens, roles and scopes."""
