"""The label drawn for print and shop."""
