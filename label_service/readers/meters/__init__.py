"""Energy meters: readings with times become metered energy."""
