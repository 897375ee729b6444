"""Dialogs of the dashboard, on a fake backend."""
