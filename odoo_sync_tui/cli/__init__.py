"""The command line: parse, call the service, print, and turn the end into an exit code.

Data goes to stdout and narration to stderr, so that ``odoo-sync-tui sync data-lake --json | jq`` works while a person
watches. Commands import what they need when they run: ``--help`` must not wait for drivers and screens.
"""
