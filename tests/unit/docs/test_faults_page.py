"""The table of faults is a contract: each line of it is proved by tests that inject it, and no such test is missing."""

from __future__ import annotations

import re

from tests.unit.docs.pages import ROOT, rows, text_of

PROVED_BY: dict[str, tuple[str, ...]] = {
    "connection refused, reset, cut off, silent": (
        "test_a_few_failing_connections_are_bridged_by_the_run_itself",
        "test_a_line_that_stays_broken_stops_the_run_and_the_next_one_goes_on",
        "test_a_server_that_never_answered_is_worth_another_try",
        "test_connections_refused_for_a_moment_are_bridged",
        "test_connections_refused_from_the_middle_on_cost_nothing_that_is_stored",
        "test_a_burst_of_a_proxy_is_bridged",
        "test_a_broken_answer_in_the_middle_is_bridged",
        "test_answers_that_stay_broken_stop_the_run_with_a_reason",
        "test_a_server_that_wants_to_be_left_alone_for_longer_than_we_wait_is_left_alone",
        "test_a_server_that_is_away_is_worth_another_try",
    ),
    "500 of the caller's making": ("test_what_odoo_says_is_our_own_mistake_is_not_repeated",),
    "key revoked in the middle": (
        "test_a_key_that_is_revoked_in_the_middle_stops_the_run_at_once",
        "test_nothing_is_retired_when_the_key_is_revoked_in_the_middle",
    ),
    "certificate, login page, forward proxy or wrong key": (
        "test_each_fault_of_a_certificate_has_its_own_words",
        "test_a_redirect_to_another_page_is_a_login_page_and_no_address_to_set",
        "test_a_login_of_a_proxy_is_not_taken_for_a_refusal_of_odoo",
        "test_a_proxy_lets_in_who_gives_user_and_password",
        "test_a_proxy_that_does_not_connect_is_to_blame",
        "test_a_proxy_that_is_away_is_to_blame",
        "test_each_reason_for_a_refused_login_has_its_own_words",
    ),
    "MemoryError or disconnect": (
        "test_pages_that_are_too_big_are_read_in_smaller_ones",
        "test_a_census_that_is_too_big_is_taken_in_smaller_blocks",
    ),
    "columns refused, failing, too big": (
        "test_columns_that_fail_cost_no_row",
        "test_columns_that_fail_in_any_version_cost_no_row",
        "test_columns_that_are_not_the_rows_leave_the_block_to_rows",
        "test_one_failure_costs_one_block_and_the_others_come_by_columns",
        "test_a_row_that_only_rows_cannot_read_is_stored",
        "test_a_module_that_changes_rows_alone_is_found_before_columns_are_used",
        "test_verify_sees_what_columns_have_hidden",
        "test_a_field_that_verify_finds_different_goes_by_rows_from_then_on",
        "test_a_field_that_was_found_different_is_proved_anew_when_a_module_changes",
        "test_names_that_verify_finds_different_go_by_rows_from_then_on",
        "test_documents_that_differ_for_another_reason_say_nothing_about_columns",
        "test_a_run_that_ends_after_a_verification_keeps_what_that_has_found",
        "test_a_verification_that_is_read_only_names_the_field_and_keeps_nothing",
        "test_a_row_that_changes_between_columns_and_rows_is_right_after_the_next_run",
    ),
    "answers that take longer than 10 s": ("test_a_slow_server_is_asked_for_what_it_answers_in_time",),
    "poison row; wrong type": (
        "test_poison_rows_are_set_aside_and_come_back",
        "test_a_poison_row_that_is_deleted_leaves_the_quarantine",
        "test_a_value_of_the_wrong_type_is_told_with_its_field",
        "test_a_value_that_cannot_be_stored_sets_its_row_aside_and_the_run_goes_on",
        "test_an_id_or_count_above_64_bits_fails_its_entity_and_the_others_go_on",
        "test_a_row_that_cannot_be_read_is_set_aside_and_comes_back_by_itself",
        "test_a_row_of_any_text_is_stored_as_it_is",
        "test_any_text_reaches_the_store_or_is_set_aside_over_xml_rpc",
    ),
    "name of a related record unreadable": (
        "test_a_related_name_that_cannot_be_read_comes_back_when_it_can",
        "test_names_that_were_refused_once_come_back",
        "test_names_that_are_always_refused_cost_one_reading_not_every",
    ),
    "field forbidden or gone": (
        "test_a_field_that_cannot_be_read_costs_only_itself",
        "test_an_entity_without_one_field_still_syncs",
        "test_a_field_lost_in_the_middle_is_lost_in_all_documents_or_in_none",
    ),
    "model forbidden, gone or not installed": (
        "test_a_model_that_cannot_be_read_leaves_the_others_going",
        "test_an_entity_that_cannot_be_read_leaves_the_others_going",
        "test_a_model_that_vanishes_in_the_middle_of_its_pages_fails_alone",
    ),
    "empty or half census": (
        "test_an_empty_or_half_census_retires_nothing",
        "test_nothing_is_retired_when_odoo_shows_too_little",
        "test_a_row_that_disappears_behind_a_rule_is_retired_on_confirmation_only_and_comes_back",
        "test_a_record_that_left_the_entity_is_told_from_a_deleted_one",
        "test_a_census_that_lacks_rows_which_odoo_counts_retires_nothing",
        "test_a_user_who_sees_fewer_companies_retires_nothing",
        "test_a_rule_that_hides_rows_retires_none_of_them_and_what_is_deleted_besides_goes",
    ),
    "row hidden or unreadable for a while": (
        "test_a_row_that_was_in_quarantine_when_it_disappeared_is_read_when_it_is_back",
        "test_an_archived_row_that_changed_while_it_was_hidden_is_read_when_it_is_back",
    ),
    "row edited, created, archived, deleted while paging": (
        "test_rows_that_move_while_they_are_paged_are_right_after_the_next_run",
        "test_a_transaction_that_commits_late_is_seen_within_the_overlap",
    ),
    "5 000 rows in one second": (
        "test_thousands_of_rows_of_one_second_in_several_pages_and_blocks",
        "test_odoos_clock_jumps_and_is_put_right",
        "test_a_row_from_the_future_hides_no_later_change",
        "test_our_own_clock_decides_nothing",
    ),
    "a backup of Odoo brought back": (
        "test_a_backup_of_odoo_that_was_brought_back_is_read_again",
        "test_a_newest_change_older_than_what_was_read_is_a_warning_and_everything_is_read_again",
    ),
    "MongoDB killed and back": (
        "test_a_mongod_that_is_killed_and_restarted_at_once_is_hardly_noticed",
        "test_a_replica_set_that_changes_its_primary_loses_nothing",
    ),
    "MongoDB gone, disk full": (
        "test_a_mongod_that_is_killed_and_stays_away_stops_the_run",
        "test_a_mongod_that_dies_in_the_middle_fails_the_run_and_the_next_run_makes_it_good",
        "test_a_disk_without_room_stops_the_run_and_the_next_one_goes_on",
    ),
    "two starts at once": (
        "test_of_two_starts_at_once_one_is_refused_and_says_who_is_at_work",
        "test_eight_threads_start_at_once_and_one_run_comes_of_it",
    ),
    "holder asleep past its lease": (
        "test_a_holder_that_sleeps_past_its_lease_overwrites_nothing",
        "test_a_holder_that_sleeps_at_its_very_end_leaves_the_end_to_the_run_that_took_over",
        "test_a_write_that_arrives_after_a_newer_run_overwrites_nothing",
    ),
    "MongoDB gone when the run has only its end": ("test_an_end_that_cannot_be_recorded_is_no_success",),
    "the lease's document removed by hand": ("test_a_lease_that_somebody_removed_stands_in_nobodys_way",),
    "`kill -9`, power loss": (
        "test_a_killed_run_is_interrupted_at_once_and_the_next_one_need_not_wait",
        "test_of_runs_that_are_killed_the_next_one_makes_each_good",
    ),
    "`kill -9` between a document and its entry": (
        "test_whichever_write_a_run_is_killed_at_the_next_one_moves_the_rest_once",
        "test_what_a_killed_run_left_in_documents_is_moved_by_whoever_writes_next",
        "test_of_runs_that_are_killed_the_next_one_makes_each_good",
    ),
    "SIGHUP (SSH gone), SIGTERM, SIGINT": (
        "test_a_signal_ends_the_run_at_once_even_while_odoo_hangs",
        "test_a_second_signal_ends_it_even_if_nothing_else_does",
    ),
    "another Odoo, or another database": (
        "test_another_database_is_refused_and_no_document_is_touched",
        "test_another_database_is_refused_by_a_verification",
        "test_a_database_made_anew_under_the_old_name_is_refused",
        "test_a_lake_of_an_earlier_version_asks_for_the_word_where_nothing_proves_its_source",
    ),
    "filtered run": ("test_a_filtered_run_retires_nothing_and_moves_no_cursor",),
}
"""How each line of the table begins, and the tests that inject what it speaks of, most of them in ``tests/faults``."""

NO_FAULT = {
    "test_a_plain_run_is_exact",
    "test_a_single_wrong_document_would_be_noticed",
    "test_an_entity_of_no_rows_at_all_is_a_success",
    "test_every_version_is_read_by_columns_and_rows_say_the_same",
    "test_rows_are_never_read_by_columns_over_xml_rpc_or_where_that_is_set",
    "test_a_lake_that_was_read_by_rows_is_unchanged_by_columns",
    "test_the_sample_is_read_once_and_again_when_a_module_changes",
    "test_where_modules_cannot_be_read_the_sample_is_read_in_each_run",
    "test_an_error_of_our_own_leaves_no_status_running",
    "test_a_server_that_is_not_odoo_is_named",
    "test_missing_settings_are_all_named",
    "test_the_database_can_hold_the_configuration",
    "test_what_the_operator_must_mend_is_a_runtime_error",
}
"""Tests there that prove the proof, or that speak of what keeps a run from starting."""


def table_of_faults() -> list[list[str]]:
    return rows(text_of("faults").partition("## Where to look")[0])


def names_of_tests(directory: str) -> set[str]:
    texts = (path.read_text(encoding="utf-8") for path in (ROOT / directory).rglob("test_*.py"))
    return {name for text in texts for name in re.findall(r"^ *(?:async )?def (test_\w+)", text, re.MULTILINE)}


def test_every_line_of_the_table_of_faults_is_known_here_in_its_order() -> None:
    assert len(table_of_faults()) == len(PROVED_BY)
    pairs = zip(table_of_faults(), PROVED_BY, strict=True)
    assert [fault for (fault, _, _), begin in pairs if not fault.startswith(begin)] == []


def test_every_line_of_the_table_of_faults_is_proved_by_tests_that_exist() -> None:
    assert [begin for begin, tests in PROVED_BY.items() if not tests] == []
    assert {name for tests in PROVED_BY.values() for name in tests} - names_of_tests("tests") == set()


def test_every_test_that_injects_a_fault_belongs_to_a_line_of_the_table_of_faults() -> None:
    assert names_of_tests("tests/faults") - {name for tests in PROVED_BY.values() for name in tests} == NO_FAULT


def test_every_line_of_the_table_of_faults_says_what_the_run_does_and_what_is_seen() -> None:
    assert [fault for fault, *rest in table_of_faults() if len(rest) != 2 or not all(rest)] == []
