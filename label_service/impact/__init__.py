"""From an inventory to kg CO2e: terms of product and reference, their distributions and the ratio of the two."""
