"""The web shell: pages for people, the API for machines, and the routes that cache well."""
