"""Changes as they happen: one reader of the outbox, and whoever listens to this process."""
