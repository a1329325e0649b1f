"""GraphQL: documents of the manifest, and what errors inside answers mean."""
