"""One run, from taking the lease to releasing it."""
