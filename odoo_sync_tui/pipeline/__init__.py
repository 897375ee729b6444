"""The sync itself: one service for the dashboard, for cron and for scripts."""
