"""Widgets of the dashboard. Each draws lines from the dashboard state and repaints only changed cells."""
