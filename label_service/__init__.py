"""Trusted sustainability labels for things made in FabLabs, print hubs, workshops and ateliers.

A declaration, checked for plausibility, becomes a public inventory that, weighed with factors, has an impact and a
grade; they become a signed label and an entry in the transparency log that anyone can verify.
"""
