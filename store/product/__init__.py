"""The product reference and its crosswalk."""
