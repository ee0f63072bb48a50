"""What the hardware must compute, and when: golden model, cycle model and benches."""
