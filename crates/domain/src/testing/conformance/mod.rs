//! What every store must do, as one suite for all of them.
//!
//! Each of [`CASES`] wants an empty store of its own. It is named after the rule it shows and
//! panics where the store breaks it:
//!
//! ```
//! use std::sync::Arc;
//! use wiwebb_domain::memory::MemoryStore;
//! use wiwebb_domain::testing::conformance::CASES;
//!
//! for (name, case) in CASES {
//!     println!("{name}");
//!     futures_executor::block_on(case(Arc::new(MemoryStore::new())));
//! }
//! ```

mod audit;
mod billing_lists;
mod customers;
mod dashboard;
mod deletion;
mod gateways;
mod idempotency;
mod keys;
mod lists;
mod login_attempts;
mod operations;
mod overview;
mod payment_logs;
mod payments;
mod personal_data;
mod plans;
mod pricing;
mod refunds;
mod search;
mod service_keys;
mod store;
mod subscription_steps;
mod subscriptions;
mod tenants;
mod todos;
mod tokens;
mod transactions;
mod usage;
mod users;
mod webhook_events;

use std::pin::Pin;
use std::sync::Arc;

use crate::ports::unit_of_work::UnitOfWorkFactory;
use store::Store;

/// One rule, shown on an empty store.
pub type Case = fn(Arc<dyn UnitOfWorkFactory>) -> Pin<Box<dyn Future<Output = ()> + Send>>;

macro_rules! cases {
    ($($module:ident: $($case:ident),+;)+) => {
        /// Every rule, under `<part>::<rule>`.
        pub static CASES: &[(&str, Case)] = &[$($((
            concat!(stringify!($module), "::", stringify!($case)),
            |factory| Box::pin($module::$case(Store::new(factory))),
        )),+),+];
    };
}

cases! {
    tenants:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        name_slug_and_uuid_are_unique,
        a_tenant_is_found_by_any_of_its_three_names,
        a_scope_covers_the_own_tenant_alone,
        the_user_count_is_of_all_users_of_the_tenant,
        filters_match_exactly,
        taken_values_are_told_but_for_ones_own,
        a_tenant_is_deleted_once;
    users:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        a_user_is_shown_with_the_tenant,
        usernames_and_emails_are_unique,
        a_tenant_that_does_not_exist_is_refused,
        a_login_is_a_username_or_else_an_email,
        a_login_is_noted_with_the_hash_made_anew,
        a_scope_covers_oneself_or_the_tenant,
        filters_match_exactly,
        taken_values_are_told_but_for_ones_own,
        a_user_is_deleted_once;
    todos:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        an_owner_who_does_not_exist_is_refused,
        a_scope_covers_ones_own_or_the_tenants,
        filters_match_exactly,
        a_todo_is_deleted_once;
    audit:
        every_column_comes_back_as_stored,
        users_who_do_not_exist_are_refused,
        a_scope_goes_by_the_target,
        filters_match_exactly_and_bounds_include_their_end;
    plans:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        names_are_unique,
        one_plan_at_most_is_the_default,
        the_default_flag_is_taken_from_all_but_one,
        plans_come_by_id_with_active_pricing_alone,
        filters_match_exactly,
        a_plan_is_deleted_once;
    pricing:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        a_plan_that_does_not_exist_is_refused,
        a_price_exists_under_its_own_plan_alone,
        prices_come_by_id,
        prices_of_all_plans_come_with_the_plans_name,
        filters_match_exactly;
    gateways:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        names_are_unique,
        active_ones_come_by_priority_and_name,
        filters_match_exactly,
        a_gateway_is_deleted_once;
    payments:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        a_transaction_is_unique_at_its_gateway,
        payer_and_gateway_must_exist,
        the_latest_payment_of_a_transaction_is_found,
        a_payment_that_waits_is_taken_at_doubling_distances,
        a_scope_covers_ones_own_or_the_tenants,
        filters_match_exactly_and_bounds_include_their_end,
        the_history_comes_newest_first,
        a_history_needs_its_payment;
    payment_logs:
        every_column_comes_back_as_stored_newest_first,
        a_scope_covers_ones_own_or_the_tenants,
        filters_match_exactly,
        messages_and_events_are_searched,
        an_entry_is_found_by_its_id;
    refunds:
        every_column_comes_back_as_stored,
        an_update_stores_status_and_transaction_alone,
        refunds_come_newest_first,
        a_refund_needs_its_payment;
    operations:
        every_column_comes_back_as_stored,
        an_update_stores_what_became_of_the_order_alone,
        a_payment_has_one_open_order_at_most,
        of_two_simultaneous_orders_of_a_payment_one_is_stored,
        a_key_stands_for_one_order,
        payment_and_refund_must_exist,
        what_is_due_is_taken_longest_due_first,
        what_is_taken_is_due_again_when_the_lease_ends,
        simultaneous_takers_share_without_overlap;
    idempotency:
        a_repeated_request_runs_until_it_is_answered,
        another_body_under_the_key_is_a_mismatch,
        user_method_and_path_belong_to_the_key,
        a_released_key_is_as_good_as_new,
        an_answer_is_kept_for_its_time,
        a_request_that_died_before_it_began_gives_its_key_free,
        a_request_that_died_after_it_began_is_not_begun_again,
        a_step_that_is_rolled_back_was_not_begun,
        of_simultaneous_requests_exactly_one_gets_the_key,
        user_and_payment_must_exist;
    subscriptions:
        every_column_comes_back_as_stored,
        an_update_stores_every_changeable_column,
        owner_name_and_time_of_making_are_set_once,
        a_user_has_one_live_subscription_at_most,
        of_two_simultaneous_live_subscriptions_one_is_stored,
        names_are_unique,
        whatever_it_refers_to_must_exist,
        the_latest_of_a_user_comes_first_and_then_what_is_not_over,
        a_subscription_is_found_by_any_of_its_names;
    subscription_steps:
        what_is_due_is_taken_longest_due_first,
        what_is_taken_is_due_again_when_the_lease_ends,
        simultaneous_takers_share_without_overlap,
        a_locked_subscription_waits_for_the_other_unit_of_work,
        one_unit_of_work_puts_another_in_the_place_of_a_live_one,
        a_trial_is_noted_for_a_user_and_a_plan,
        two_can_note_a_trial_at_once,
        user_and_plan_of_a_trial_must_exist;
    customers:
        each_gateway_has_its_own_name_for_each_user,
        the_first_name_is_kept,
        of_two_simultaneous_names_one_is_kept,
        user_and_gateway_must_exist;
    webhook_events:
        every_column_comes_back_as_stored,
        an_event_that_comes_again_is_the_one_that_came,
        of_two_simultaneous_equals_one_is_stored,
        an_update_stores_all_but_the_gateways_own,
        the_payment_must_exist,
        filters_match_exactly,
        what_is_due_is_taken_longest_due_first,
        what_is_taken_is_due_again_when_the_lease_ends,
        simultaneous_takers_share_without_overlap,
        a_locked_event_waits_for_the_other_unit_of_work;
    personal_data:
        what_can_be_much_comes_in_parts,
        what_is_little_comes_whole,
        events_of_a_users_payments_are_named,
        what_gateways_told_of_a_user_is_forgotten,
        an_event_that_was_not_settled_is_not_tried_again,
        free_texts_of_payments_are_forgotten,
        a_name_in_the_audit_log_is_replaced_where_the_actor_is_meant;
    service_keys:
        every_column_comes_back_as_stored_by_id,
        a_tenant_that_does_not_exist_is_refused,
        a_digest_stands_for_one_key,
        a_key_stands_for_its_equipment,
        its_use_is_noted_to_the_minute,
        a_key_is_deleted_once;
    usage:
        a_standing_tells_the_account_and_the_usage_of_the_day,
        a_standing_has_the_default_plan_and_every_subscription_with_its_plan,
        a_user_is_found_within_the_scope_by_id_or_by_the_exact_name,
        totals_of_a_user_and_a_day_add_up,
        of_two_simultaneous_additions_none_is_lost,
        usage_and_sessions_need_their_user,
        a_session_begins_once_and_is_found_again,
        an_update_stores_what_is_known_of_a_session,
        an_open_session_waits_for_the_other_unit_of_work,
        the_open_sessions_on_equipment_end_together;
    tokens:
        a_key_stands_for_its_user_as_of_now,
        a_key_dies_at_its_expiry,
        a_key_of_an_inactive_user_is_dead,
        a_key_of_nobody_is_refused,
        keys_are_deleted_one_by_one_or_all_of_a_user,
        a_reset_goes_to_the_active_user_with_the_address,
        a_reset_is_used_once_by_its_user_before_it_expires,
        resets_of_a_user_are_deleted_together,
        resets_that_expired_are_swept_away;
    keys:
        every_column_comes_back_as_stored,
        the_use_of_a_key_is_noted_every_five_minutes,
        a_key_that_is_dead_is_not_noted,
        a_scope_covers_ones_own_or_the_tenants,
        keys_that_expired_are_not_listed,
        all_keys_of_a_user_but_one_are_deleted,
        keys_that_expired_are_swept_away_so_many_at_a_time;
    login_attempts:
        failures_are_counted_as_the_rule_says,
        nothing_is_counted_while_the_account_is_locked,
        a_day_without_failures_begins_a_new_count,
        accounts_are_counted_apart_and_forgotten_alone,
        of_simultaneous_failures_none_is_lost,
        a_locked_count_waits_for_the_other_unit_of_work,
        the_oldest_counts_are_swept_away_so_many_at_a_time;
    search:
        every_word_must_occur_in_some_field,
        each_search_field_is_searched,
        payments_are_found_by_their_names_and_their_payers,
        audit_entries_are_found_by_their_action_and_their_people,
        case_is_ignored_in_every_alphabet,
        wildcards_are_ordinary_characters,
        filters_by_text_no_column_can_hold_match_nothing;
    lists:
        tenants_come_in_every_order_page_by_page,
        users_come_in_every_order_page_by_page,
        todos_come_in_every_order_page_by_page,
        audit_entries_come_in_every_order_page_by_page,
        keys_come_in_every_order_page_by_page,
        null_counts_as_the_greatest_value,
        texts_are_ordered_by_code_point,
        an_empty_list_has_a_first_page_alone,
        keyed_pages_neither_repeat_nor_lose_rows_while_others_come_and_go;
    billing_lists:
        gateways_come_in_every_order_page_by_page,
        payments_come_in_every_order_page_by_page,
        entries_of_payments_come_in_order_page_by_page,
        plans_come_in_every_order_page_by_page,
        prices_come_in_every_order_page_by_page,
        webhook_events_come_in_order_page_by_page,
        keys_of_equipment_come_in_every_order_page_by_page;
    deletion:
        every_foreign_key_acts_by_its_policy,
        dependants_are_counted_by_foreign_key,
        a_plan_says_of_every_foreign_key_what_the_delete_then_does,
        rows_that_refer_to_a_row_are_deleted_by_foreign_key,
        a_row_that_protects_others_is_not_deleted_with_those_that_refer,
        a_refused_deletion_changes_nothing,
        a_user_goes_with_everything_that_hangs_on_the_user,
        a_user_goes_with_subscription_trials_and_usage,
        a_subscription_that_ended_protects_its_plan_and_gateway,
        a_tenant_that_stays_keeps_its_service_keys;
    transactions:
        what_is_dropped_was_never_there,
        what_is_committed_is_there_for_everybody,
        a_snapshot_shows_one_instant_and_takes_nothing,
        a_failed_unit_of_work_takes_no_more_and_leaves_nothing,
        of_two_simultaneous_equals_one_is_stored,
        of_two_simultaneous_deletions_one_succeeds,
        a_locked_row_waits_for_the_other_unit_of_work,
        a_user_is_never_left_without_the_tenant,
        a_store_that_is_there_answers;
    dashboard:
        tenants_and_users_are_counted_within_the_scope,
        revenue_counts_for_the_month_of_the_first_confirmation,
        revenue_is_less_what_was_refunded_and_comes_by_currency,
        revenue_is_what_was_captured_where_that_is_known,
        what_is_no_amount_counts_as_absent,
        revenue_is_that_of_the_scope;
    overview:
        revenue_comes_by_month_and_currency,
        new_users_come_by_the_month_they_joined_in,
        a_subscription_counts_where_it_gives_access,
        a_user_counts_once_and_the_plan_with_the_most_comes_first,
        usage_is_that_of_all_users_by_day;
}
