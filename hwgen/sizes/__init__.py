"""Sizes and tables that both the hardware and its planner need to know; plain numbers."""
