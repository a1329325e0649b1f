"""Schema changes, expand only; run by `store.migrate`."""
