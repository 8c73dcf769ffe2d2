"""Measures: who runs what in which order, and what is made of the numbers."""
