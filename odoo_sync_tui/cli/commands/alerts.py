"""``alerts``: list who is told about syncs, or send each of them a test."""

from __future__ import annotations

from odoo_sync_tui.cli import exit_codes
from odoo_sync_tui.cli.output.stdout import emit, emit_json, format_table
from odoo_sync_tui.cli.session import Session


def run(session: Session) -> int:
    """List the receivers, or send each a test; return 1 where one did not take it.

    Raises:
        ConfigurationError: a setting is wrong, or there is no receiver to test.
    """
    options = session.options
    settings = session.load_settings()
    from odoo_sync_tui.pipeline.run.follow_up.alerts import send_tests

    targets = settings.alert_targets
    failures = send_tests(targets, settings.current_operator()) if options.ask else {}
    rows = [
        {
            "name": target.name,
            "way": target.way,
            "on": [str(kind) for kind in sorted(target.kinds)],
            **({"failure": failures[target.name]} if options.ask else {}),
        }
        for target in targets
    ]
    if options.json:
        emit_json({"alerts": rows})
    else:
        heads = ["alert", "by", "about", *(["test"] if options.ask else [])]
        cells = [
            [
                str(row["name"]),
                str(row["way"]),
                ", ".join(target.kinds and sorted(target.kinds)) or "each success",
                *([failures[target.name] or "taken"] if options.ask else []),
            ]
            for row, target in zip(rows, targets, strict=True)
        ]
        emit(*format_table(heads, cells, text_columns=len(heads)))
    return exit_codes.FAILED if any(failures.values()) else exit_codes.SUCCESS
