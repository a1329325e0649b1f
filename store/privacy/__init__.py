"""Consent, the keys of personal values, and who must not come back."""
