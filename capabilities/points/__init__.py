"""The points capability: a ledger, its rules, and programme policies that move points and tiers."""
