"""The look-alike's records: computed from (seed, model, id) whenever they are read, never kept."""
