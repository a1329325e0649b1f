"""What is known of people beyond their memberships: attributes, figures, tags, segments."""
