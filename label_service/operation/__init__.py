"""Keeping an installation running: backup and restore, looking it over, figures and logs for who watches it."""
