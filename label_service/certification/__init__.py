"""The work of a certification scheme around labels: evidence, audits, complaints, notices, publications, exports."""
