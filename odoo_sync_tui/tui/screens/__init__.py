"""Full screens and dialogs, each beside its style sheet."""
