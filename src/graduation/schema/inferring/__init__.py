"""Propose a dictionary for a survey that nobody has described yet."""

from graduation.schema.inferring.proposal import Proposal, infer_dictionary

__all__ = ["Proposal", "infer_dictionary"]
