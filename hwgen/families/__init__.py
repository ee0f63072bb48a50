"""The families of devices, each behind one object; nobody else knows any of them by name."""
