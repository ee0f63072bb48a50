"""Accounts of a description: what it computes and stores, and which layers can be one bit."""
