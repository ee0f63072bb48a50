"""One file for each layer kind: what it holds, its keys in the file, its checks, what it gives.

`hwgen.model.layers` has the closed list of them. What a kind computes is not said here: golden
model, lowering and hardware each say it for themselves.
"""
